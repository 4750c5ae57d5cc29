import { Title } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import css from "./Dashboard.module.css";
import { ModelFigures } from "./ModelFigures";
import { OwnModels } from "./OwnModels";
import { DEFAULT_DAYS } from "./search";

/** How one's own models do: all of them, or one day by day. */
export function DashboardPage() {
  const { t } = useTranslation("dashboard");
  const { model, days } = useSearch({ from: "/dashboard" });
  return (
    <article className={css.page}>
      {model === undefined ? (
        <>
          <Title order={1}>{t("title")}</Title>
          <OwnModels />
        </>
      ) : (
        <ModelFigures key={model} name={model} days={days ?? DEFAULT_DAYS} />
      )}
    </article>
  );
}
