import { Title } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Filters } from "./Filters";
import { Grid } from "./Grid";
import css from "./LibraryPage.module.css";

export function LibraryPage() {
  const { t } = useTranslation("common");
  const search = useSearch({ from: "/library" });
  return (
    <article className={css.page}>
      <Title order={1}>{t("library")}</Title>
      <Filters search={search} />
      <Grid key={JSON.stringify(search)} search={search} />
    </article>
  );
}
