import { Button, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem, Problem } from "~/api/problem";
import css from "./states.module.css";
import { NotFound } from "./NotFound";

/** Shown instead of a page that threw. */
export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation("common");
  if (error instanceof Problem && error.status === 404) return <NotFound />;
  return (
    <section className={css.state} role="alert">
      <Title order={1}>{t("brokenTitle")}</Title>
      <Text>{error instanceof Problem ? asProblem(error).shown : t("brokenText")}</Text>
      <Button onClick={() => window.location.reload()}>{t("reload")}</Button>
    </section>
  );
}
