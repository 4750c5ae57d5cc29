import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { say } from "~/states/notice";
import css from "./operator.module.css";
import { waitingQuery } from "./queries";
import { Section } from "./Section";
import { VersionName } from "./VersionName";

/** Versions that may only be run here once an operator agrees, since this system lacks a protection. */
export function Waiting() {
  const { t } = useTranslation("operator");
  const cache = useQueryClient();
  const waiting = useQuery(waitingQuery);
  const approve = useMutation({
    mutationFn: ({ owner, name, version }: Schemas["WaitingBody"]) =>
      ask(api.POST("/v1/models/{owner}/{name}/versions/{digest}/consent", { params: { path: { owner, name, digest: version } } })),
    onSuccess: (_report, { owner, name }) => say(t("approved", { model: `${owner}/${name}` })),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => askAnew(cache, ["operator"]),
  });
  return (
    <Section title={t("waiting")} query={waiting}>
      <Text c="dimmed">{waiting.data?.length === 0 ? t("noWaiting") : t("waitingAbout")}</Text>
      <ul className={css.list}>
        {waiting.data?.map((version) => (
          <li key={version.version}>
            <VersionName of={version} />
            <Button variant="default" size="xs" aria-label={t("approveModel", { model: `${version.owner}/${version.name}` })}
              loading={approve.isPending && approve.variables.version === version.version} onClick={() => approve.mutate(version)}>
              {t("approve")}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
