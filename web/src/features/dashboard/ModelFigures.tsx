import { NativeSelect, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { modelQuery } from "~/features/model/queries";
import type { Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { count, money, percent } from "~/format/money";
import { Price } from "~/format/Price";
import { When } from "~/format/When";
import { AnchorLink } from "~/layout/links";
import { useAccount } from "~/session/session";
import { NotFound } from "~/states/NotFound";
import { Failed, Loading } from "~/states/states";
import css from "./Dashboard.module.css";
import { successShare, total } from "./figures";
import { Figure } from "./OwnModels";
import { statsQuery } from "./queries";
import { SPANS_DAYS } from "./search";
import { Terms } from "./Terms";

const Plots = lazy(() => import("./Plots"));
const SHORT_DIGEST = 12;

/** One model's figures day by day, its versions, and what its owner changes. */
export function ModelFigures({ name, days }: { name: string; days: number }) {
  const { t } = useTranslation("dashboard");
  const navigate = useNavigate();
  const owner = useAccount()?.username ?? "";
  const stats = useQuery(statsQuery(name, days));
  const model = useQuery({ ...modelQuery({ owner, name }), enabled: owner !== "" });
  const failed = [stats, model].find((query) => query.isError && asProblem(query.error).status === 404);
  if (failed) return <NotFound />;
  return (
    <>
      <header className={css.bar}>
        <div>
          <Link to="/dashboard" search={{}} className={css.soft}>{t("title")}</Link>
          <Title order={1}>{name}</Title>
          <AnchorLink size="sm" to="/$owner/$name" params={{ owner, name }}>{t("toModel")}</AnchorLink>
        </div>
        <NativeSelect label={t("span")} value={String(days)}
          data={SPANS_DAYS.map((each) => ({ value: String(each), label: t("days", { count: each }) }))}
          onChange={(event) => void navigate({ to: "/dashboard", search: { model: name, days: Number(event.currentTarget.value) }, replace: true })} />
      </header>
      {model.data ? <Terms key={model.data.price.amount_micros} model={model.data} /> : null}
      {stats.isPending ? <Loading /> : stats.isError ? (
        <Failed error={stats.error} onRetry={() => void stats.refetch()} />
      ) : (
        <History history={stats.data} name={name} />
      )}
    </>
  );
}

function History({ history, name }: { history: Schemas["ModelHistoryReply"]; name: string }) {
  const { t } = useTranslation("dashboard");
  const sum = total(history.days);
  const share = successShare(sum);
  return (
    <>
      <dl className={css.figures} data-testid="figures">
        <Figure name={t("runs")} value={count(sum.runs)} />
        <Figure name={t("earned")} value={money(history.earned.micros, history.earned.currency)} />
        <Figure name={t("success")} value={share === null ? "–" : percent(share)} />
        <Figure name={t("failedRuns")} value={count(sum.failed)} />
      </dl>
      {sum.runs === 0 ? <Text c="dimmed">{t("noRuns")}</Text> : (
        <Suspense fallback={<div className={css.plots} />}>
          <Plots days={history.days} currency={history.currency} />
        </Suspense>
      )}
      <section className={css.part}>
        <Title order={2}>{t("versions")}</Title>
        {history.versions.length === 0 ? <Text c="dimmed">{t("noVersion")}</Text> : null}
        <ul className={css.rows}>
          {history.versions.map((version) => (
            <li key={version.id}>
              <Link to="/publish" search={{ model: name, version: version.id }} className={css.digest}>{version.id.slice(0, SHORT_DIGEST)}</Link>
              <span>{t(`status_${version.status}`)}</span>
              <span>{t("runsOf", { count: version.runs, shown: count(version.runs) })}</span>
              <span className={css.soft}><When at={version.created_at} /></span>
            </li>
          ))}
        </ul>
      </section>
      <section className={css.part}>
        <Title order={2}>{t("prices")}</Title>
        <ul className={css.rows}>
          {history.prices.map((price) => (
            <li key={price.valid_from}>
              <Price price={price} />
              <span className={css.soft}><When at={price.valid_from} /></span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
