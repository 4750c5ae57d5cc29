import { Title } from "@mantine/core";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { Bar, BarChart, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Schemas } from "~/api/client";
import { count, money, percent, seconds } from "~/format/money";
import css from "./Dashboard.module.css";
import { successShare } from "./figures";

interface Props {
  days: readonly Schemas["DayReply"][];
  currency: string;
}

const MICROS = 1_000_000;
const AXIS = { stroke: "var(--ink-soft)", tickLine: false, fontSize: 12 } as const;
const BOX = { background: "var(--surface-raised)", borderColor: "var(--line)" } as const;
const DOT = { r: 2.5, fill: "var(--ink)", strokeDasharray: "0" } as const; // a dashed line's dots are whole
const MARGIN = { top: 8, right: 8, bottom: 0, left: 0 };

/** Runs, earnings, success and latency, one plot each: they have no scale in common. */
export default function Plots({ days, currency }: Props) {
  const { t, i18n } = useTranslation("dashboard");
  const shortDay = (day: unknown) => new Date(`${String(day)}T00:00:00`).toLocaleDateString(i18n.language, { month: "short", day: "numeric" });
  const data = days.map((day) => ({ ...day, earned: day.earned_micros / MICROS, share: successShare(day) }));
  const amount = (value: unknown) => money(Math.round(Number(value) * MICROS), currency);
  const x = <XAxis dataKey="day" tickFormatter={shortDay} minTickGap={24} {...AXIS} />;
  const bars = (key: string, name: string, shown: (value: unknown) => string) => (
    <BarChart data={data} margin={MARGIN} accessibilityLayer>
      {x}
      <YAxis tickFormatter={shown} width={64} allowDecimals={key === "earned"} {...AXIS} />
      <Tooltip formatter={(value) => [shown(value), name]} labelFormatter={shortDay} contentStyle={BOX} cursor={{ fill: "var(--surface-sunk)" }} />
      <Bar dataKey={key} fill="var(--line-strong)" isAnimationActive={false} radius={2} />
    </BarChart>
  );
  const lines = (keys: readonly (readonly [string, string, string])[], shown: (value: unknown) => string, domain?: [number, number]) => (
    <LineChart data={data} margin={MARGIN} accessibilityLayer>
      {x}
      <YAxis tickFormatter={shown} width={64} {...(domain ? { domain } : {})} {...AXIS} />
      <Tooltip formatter={(value, name) => [shown(value), name]} labelFormatter={shortDay} contentStyle={BOX} />
      {keys.length > 1 ? <Legend iconType="plainline" /> : null}
      {keys.map(([key, name, dash]) => (
        <Line key={key} dataKey={key} name={name} stroke="var(--ink)" strokeDasharray={dash} strokeWidth={2} dot={DOT} connectNulls
          isAnimationActive={false} />
      ))}
    </LineChart>
  );
  const inSeconds = (value: unknown) => seconds(Number(value));
  return (
    <div className={css.plots}>
      <Plot title={t("runs")}>{bars("runs", t("runs"), (value) => count(Number(value)))}</Plot>
      <Plot title={t("earned")}>{bars("earned", t("earned"), amount)}</Plot>
      <Plot title={t("success")}>{lines([["share", t("success"), "0"]], (value) => percent(Number(value)), [0, 1])}</Plot>
      <Plot title={t("latency")}>{lines([["p50_s", t("p50"), "0"], ["p95_s", t("p95"), "4 4"]], inSeconds)}</Plot>
    </div>
  );
}

function Plot({ title, children }: { title: string; children: ReactElement }) {
  return (
    <section>
      <Title order={2}>{title}</Title>
      <figure className={css.plot} aria-label={title}>
        <ResponsiveContainer width="100%" height="100%">
          {children}
        </ResponsiveContainer>
      </figure>
    </section>
  );
}
