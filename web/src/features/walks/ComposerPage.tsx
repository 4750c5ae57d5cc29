import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { examplesQuery, modelQuery } from "~/features/model/queries";
import { ButtonLink } from "~/layout/links";
import { ModelTranslation } from "~/outputs/model_words";
import { translationOf } from "~/outputs/translated";
import { Empty, Failed, Loading } from "~/states/states";
import { Composer } from "./Composer";
import css from "./Composer.module.css";
import { ModelChoice } from "./ModelChoice";
import { useStart, type Start } from "./use_start";
import { planOf } from "./walkable";
import { canWalk } from "./walking";

export function ComposerPage() {
  const { t } = useTranslation("walks");
  const search = useSearch({ from: "/walks/new" });
  return (
    <article className={css.page}>
      <header>
        <Title order={1}>{t("newWalk")}</Title>
        <p className={css.lead}>{t("newWalkLead")}</p>
      </header>
      <Started key={JSON.stringify(search)} />
    </article>
  );
}

function Started() {
  const { t } = useTranslation("walks");
  const found = useStart(useSearch({ from: "/walks/new" }));
  if (found.state === "pending") return <Loading />;
  if (found.state === "failed") return <Failed error={found.error} onRetry={found.retry} />;
  if (found.start.model === null) {
    return (
      <Empty title={t("noWalkers")} action={<ButtonLink to="/">{t("toExplore", { ns: "common" })}</ButtonLink>}>
        {t("noWalkersHint")}
      </Empty>
    );
  }
  return <WithModel model={found.start.model} start={found.start} />;
}

function WithModel({ model, start }: { model: string; start: Start }) {
  const { t, i18n } = useTranslation("walks");
  const [owner = "", name = ""] = model.split("/");
  const asked = useQuery(modelQuery({ owner, name }));
  const examples = useQuery(examplesQuery({ owner, name }));
  const told = asked.data && translationOf(asked.data, i18n.language);
  const plan = useMemo(() => (asked.data ? planOf(asked.data, told?.fields) : null), [asked.data, told]);
  if (asked.isError) return <Failed error={asked.error} onRetry={() => void asked.refetch()} />;
  if (plan === null || asked.data === undefined || examples.isPending) return <Loading />;
  if (!canWalk(asked.data)) {
    return (
      <>
        <ModelChoice model={asked.data} onChoose={null} />
        <Empty title={t("cannotWalk")}>{t("cannotWalkHint")}</Empty>
      </>
    );
  }
  return (
    <ModelTranslation value={told}>
      <Composer key={model} model={asked.data} plan={plan} start={start} examples={examples.data ?? []} />
    </ModelTranslation>
  );
}
