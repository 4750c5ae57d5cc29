import { Alert, Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import { count, money, percent } from "~/format/money";
import { walletKey } from "~/layout/TopBar";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import type { Walk } from "./walk";
import { timeLeft_s } from "./frames";
import { cancelWalk, walkQuery, walksKey } from "./queries";
import { isFinal } from "./use_walk";
import { roughly } from "./roughly";
import css from "./WalkPage.module.css";

/** How far the walk is and how long it will take; then how it ended and what it cost. */
export function WalkProgress({ walk, arrivals_s }: { walk: Walk; arrivals_s: readonly number[] }) {
  return (
    <section className={css.progress} data-status={walk.status}>
      {isFinal(walk) ? <Ended walk={walk} /> : <Running walk={walk} arrivals_s={arrivals_s} />}
    </section>
  );
}

function Running({ walk, arrivals_s }: { walk: Walk; arrivals_s: readonly number[] }) {
  const { t, i18n } = useTranslation("walks");
  const { rendered, frames } = walk;
  const left_s = timeLeft_s(arrivals_s, frames, rendered);
  return (
    <>
      <p className={css.status} role="status">
        {walk.status === "starting" && rendered === 0 ? t("waiting") : t("rendered", { rendered: count(rendered), frames: count(frames) })}
        {left_s === null ? null : <span> · {t("timeLeft", { time: roughly(left_s, i18n.language) })}</span>}
      </p>
      <Progress value={rendered === 0 ? 100 : (100 * rendered) / frames} animated={rendered === 0} color="vermilion.6" radius={0} size="sm" aria-label={t("progress")} />
      <p className={css.soft}>{t("mayLeave")}</p>
      <Stop walk={walk} />
    </>
  );
}

function Stop({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const cache = useQueryClient();
  const [asks, setAsks] = useState(false);
  const cancel = useMutation({
    mutationFn: () => cancelWalk(walk.id),
    onSuccess: (now) => cache.setQueryData(walkQuery(walk.id).queryKey, now),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: async () => {
      setAsks(false);
      await Promise.all([walksKey, walletKey].map((queryKey) => cache.invalidateQueries({ queryKey })));
    },
  });
  const { amount_micros, currency } = walk.frame_price;
  const words = {
    count: walk.rendered,
    rendered: count(walk.rendered),
    cost: money(amount_micros * walk.rendered, currency),
    back: money(amount_micros * (walk.frames - walk.rendered), currency),
  };
  return (
    <div>
      <Button variant="default" size="xs" onClick={() => setAsks(true)}>{t("stopWalk")}</Button>
      {asks ? (
        <Confirm title={t("stopTitle")} action={t("stopWalk")} busy={cancel.isPending} onConfirm={() => cancel.mutate()} onClose={() => setAsks(false)}>
          {t(amount_micros === 0 ? "stopFree" : "stopCost", words)}
        </Confirm>
      ) : null}
    </div>
  );
}

function Ended({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const { rendered, frames, charged, price, metrics } = walk;
  const paid = charged === null ? null : charged.amount_micros === 0 ? t("costNothing") : t("cost_was", { cost: money(charged.amount_micros, charged.currency) });
  const back = charged === null ? 0 : price.amount_micros - charged.amount_micros;
  const saved = metrics.evaluations_alone > metrics.evaluations ? percent(1 - metrics.evaluations / metrics.evaluations_alone) : null;
  const done = t(rendered === frames ? "allRendered" : "someRendered", { count: rendered, rendered: count(rendered), frames: count(frames) });
  return (
    <>
      {walk.status === "failed" ? <Alert color="red" title={t("failed")}>{failureOf(walk, t)}</Alert> : null}
      <p className={css.status} role="status">
        {walk.status === "canceled" ? t("canceled") : null} {done}
      </p>
      <p className={css.soft}>
        {paid} {back > 0 ? t("wentBack", { amount: money(back, price.currency) }) : null} {saved ? t("savedWork", { share: saved }) : null}
      </p>
      {rendered < frames && rendered > 0 ? <p className={css.soft}>{t("staysYours")}</p> : null}
    </>
  );
}

/** In the visitor's language where we know why. */
const failureOf = (walk: Walk, t: (key: string, options: object) => string): string =>
  t(walk.error_code ?? "unknown", { ns: "problems", defaultValue: walk.error ?? t("failedWhy", {}) });
