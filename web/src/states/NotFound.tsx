import { Text, TextInput, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AnchorLink } from "~/layout/links";
import css from "./states.module.css";

/** A 404 that helps: a search for what may have been meant. */
export function NotFound() {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const search = (form: FormData) => {
    void navigate({ to: "/", search: { query: String(form.get("query")) } });
  };
  return (
    <section className={css.state}>
      <Title order={1}>{t("notFoundTitle")}</Title>
      <Text>{t("notFoundText")}</Text>
      <form action={search} role="search">
        <TextInput name="query" type="search" aria-label={t("searchModels")} placeholder={t("searchModels")} autoFocus />
      </form>
      <AnchorLink to="/">
        {t("toExplore")}
      </AnchorLink>
    </section>
  );
}
