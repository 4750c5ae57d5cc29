import { Badge } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { count } from "~/format/money";
import { PriceOfModel } from "~/format/Price";
import { summaryOf } from "~/outputs/translated";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed, Loading } from "~/states/states";
import css from "./ModelList.module.css";
import { modelsQuery } from "./queries";
import type { ExploreSearch } from "./search";

export function ModelList({ search }: { search: ExploreSearch }) {
  const { t } = useTranslation("explore");
  const list = useInfiniteQuery(modelsQuery(search));
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const models = list.data.pages.flatMap((page) => page.results);
  if (models.length === 0) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
  return (
    <>
      <ul key={models[0]?.url} className={css.list} aria-label={t("models")}>
        {models.map((model) => (
          <ModelCard key={`${model.owner}/${model.name}`} model={model} />
        ))}
      </ul>
      <LoadMore key={models.length} {...list} />
    </>
  );
}

function ModelCard({ model }: { model: Schemas["ModelReply"] }) {
  const { t, i18n } = useTranslation("explore");
  return (
    <li className={css.card}>
      {model.cover_image_url ? (
        <img className={css.cover} src={shownAddress(model.cover_image_url)} alt="" width={96} height={96} loading="lazy" />
      ) : (
        <div className={css.cover} aria-hidden>
          {model.name.slice(0, 1).toUpperCase()}
        </div>
      )}
      <div className={css.words}>
        <Link to="/$owner/$name" params={model} className={css.name}>
          <span className={css.owner}>{model.owner}/</span>
          {model.name}
        </Link>
        <p className={css.summary}>{summaryOf(model, i18n.language)}</p>
        <p className={css.facts}>
          {model.pipeline ? <Badge variant="default" size="sm" tt="none">{t(`value_${model.pipeline}`, { defaultValue: model.pipeline })}</Badge> : null}
          <PriceOfModel model={model} />
          <span>{t("runs", { count: model.run_count, shown: count(model.run_count) })}</span>
          {model.license ? <span>{model.license}</span> : null}
        </p>
      </div>
    </li>
  );
}
