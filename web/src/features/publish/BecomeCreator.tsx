import { Alert, Button, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { sessionQuery } from "~/session/session";
import css from "./Publish.module.css";

/** Publishing is for creators; whoever wants to be one is. */
export function BecomeCreator() {
  const { t } = useTranslation("publish");
  const cache = useQueryClient();
  const become = useMutation({
    mutationFn: () => ask(api.POST("/v1/account/creator")),
    onSuccess: (account) => cache.setQueryData(sessionQuery.queryKey, account),
  });
  return (
    <section className={css.part}>
      <Title order={2}>{t("becomeTitle")}</Title>
      <Text>{t("becomeText")}</Text>
      {become.isError ? <Alert color="red" role="alert" variant="light">{asProblem(become.error).shown}</Alert> : null}
      <Button className={css.go} loading={become.isPending} onClick={() => become.mutate()}>
        {t("become")}
      </Button>
    </section>
  );
}
