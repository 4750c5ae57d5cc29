import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Schemas } from "~/api/client";
import { count, decimal, seconds } from "~/format/money";
import css from "./tabs.module.css";

interface Point {
  readonly place: string;
  readonly rate: number;
  readonly detail: string;
  readonly fill: string;
}

const AXIS = { stroke: "var(--ink-soft)", tickLine: false, fontSize: 12 } as const;
const BOX = { background: "var(--surface-raised)", borderColor: "var(--line)" } as const;
const USED = "var(--ink)";
const MEASURED = "var(--line-strong)";

/** How many calls each graph answers in a second, by batch and by threads; what it is run with is dark. */
export default function PerformancePlots({ performance }: { performance: Schemas["PerformanceBody"] }) {
  const { t } = useTranslation("model");
  return (
    <section>
      <h3>{t("performance")}</h3>
      <Text>{t("performanceHint", { device: performance.device, runtime: performance.runtime })}</Text>
      {performance.graphs.map((graph) => (
        <div key={graph.graph}>
          <h4>{graph.graph}</h4>
          <Text className={css.soft}>{t("graphPlan", { calls: graph.max_batch, threads: graph.threads })}</Text>
          <Rates title={t("ratesByBatch")} points={graph.batches.map((point) => ({
            place: count(point.batch),
            rate: point.calls_per_s,
            detail: t("batchTakes", { calls: point.batch, time: seconds(point.latency_s) }),
            fill: point.batch <= graph.max_batch ? USED : MEASURED,
          }))} />
          <Rates title={t("ratesByThreads")} points={graph.parallel.map((point) => ({
            place: `${String(point.threads)} × ${String(point.at_once)}`,
            rate: point.calls_per_s,
            detail: t("callTakes", { threads: point.threads, calls: point.at_once, time: seconds(point.latency_s) }),
            fill: point.threads === graph.threads ? USED : MEASURED,
          }))} />
        </div>
      ))}
    </section>
  );
}

function Rates({ title, points }: { title: string; points: readonly Point[] }) {
  const { t } = useTranslation("model");
  if (points.length < 2) return null;
  const detailOf = (place: unknown) => points.find((point) => point.place === place)?.detail ?? "";
  return (
    <>
      <p className={css.soft}>{title}</p>
      <figure className={css.plot} aria-label={title}>
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={[...points]} margin={{ top: 8, right: 8, bottom: 0, left: 8 }} accessibilityLayer>
            <XAxis dataKey="place" {...AXIS} />
            <YAxis tickFormatter={(rate) => count(Number(rate))} width={64} {...AXIS} />
            <Tooltip formatter={(rate) => [decimal(Number(rate)), t("callsPerSecond")]} labelFormatter={detailOf} contentStyle={BOX}
              cursor={{ fill: "var(--surface-sunk)" }} />
            <Bar dataKey="rate" isAnimationActive={false} radius={2} />
          </BarChart>
        </ResponsiveContainer>
      </figure>
    </>
  );
}
