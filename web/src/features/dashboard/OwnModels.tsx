import { Button, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { count, money, percent, seconds } from "~/format/money";
import { Price } from "~/format/Price";
import { AnchorLink } from "~/layout/links";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed, Loading } from "~/states/states";
import css from "./Dashboard.module.css";
import { successShare } from "./figures";
import { ownModelsQuery } from "./queries";

export function OwnModels() {
  const { t } = useTranslation("dashboard");
  const list = useInfiniteQuery(ownModelsQuery);
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const models = list.data.pages.flatMap((page) => page.results);
  const publish = <Button renderRoot={(props) => <Link to="/publish" search={{}} {...props} />}>{t("publish")}</Button>;
  if (models.length === 0) return <Empty title={t("nothing")} action={publish}>{t("nothingHint")}</Empty>;
  return (
    <>
      <div className={css.bar}>
        <Text c="dimmed">{t("lastDays")}</Text>
        {publish}
      </div>
      <ul className={css.models} aria-label={t("models")}>
        {models.map((each) => (
          <OwnModel key={each.model.name} own={each} />
        ))}
      </ul>
      <LoadMore {...list} />
    </>
  );
}

function OwnModel({ own }: { own: Schemas["OwnModelReply"] }) {
  const { t } = useTranslation("dashboard");
  const { model, newest_version: newest } = own;
  const share = successShare(own);
  return (
    <li className={css.model}>
      <div className={css.words}>
        <Link to="/dashboard" search={{ model: model.name }} className={css.name}>
          {model.name}
        </Link>
        <p className={css.soft}>
          <span>{t(`listing_${model.listing}`)}</span>
          <Price price={model.price} />
          {newest === null ? <span>{t("noVersion")}</span> : newest.status === "passed" ? null : (
            <AnchorLink inherit to="/publish" search={{ model: model.name, version: newest.id }}>{t(`status_${newest.status}`)}</AnchorLink>
          )}
        </p>
      </div>
      <dl className={css.figures}>
        <Figure name={t("runs")} value={count(own.runs)} />
        <Figure name={t("earned")} value={money(own.earned.micros, own.earned.currency)} />
        <Figure name={t("success")} value={share === null ? "–" : percent(share)} />
        <Figure name={t("median")} value={own.p50_s === null ? "–" : seconds(own.p50_s)} />
      </dl>
    </li>
  );
}

export function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
