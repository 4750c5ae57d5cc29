import { useTranslation } from "react-i18next";
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { seconds } from "~/format/money";
import css from "./tabs.module.css";

/** How long each rehearsed run took. */
export default function LatencyPlot({ latencies_s }: { latencies_s: readonly number[] }) {
  const { t } = useTranslation("model");
  const data = latencies_s.map((latency, place) => ({ run: place + 1, latency }));
  return (
    <figure className={css.plot} aria-label={t("latencyOf", { runs: data.length })}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={data} margin={{ top: 8, right: 8, bottom: 0, left: 8 }} accessibilityLayer>
          <XAxis dataKey="run" stroke="var(--ink-soft)" tickLine={false} fontSize={12} />
          <YAxis tickFormatter={seconds} width={64} stroke="var(--ink-soft)" tickLine={false} fontSize={12} />
          <Tooltip formatter={(value) => [seconds(Number(value)), t("latency")]} labelFormatter={(run) => t("runNumber", { number: String(run) })}
            contentStyle={{ background: "var(--surface-raised)", borderColor: "var(--line)" }} />
          <Bar dataKey="latency" fill="var(--line-strong)" isAnimationActive={false} radius={2} />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}
