import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Area, AreaChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { decimal } from "~/format/money";
import type { Frame, Walk } from "./walk";
import { distancesOf, spanOf, unevenness } from "./frames";
import { isFinal } from "./use_walk";
import css from "./WalkPage.module.css";

const AXIS = { stroke: "var(--ink-soft)", tickLine: false, fontSize: 12 } as const;
const BOX = { background: "var(--surface-raised)", borderColor: "var(--line)" } as const;
/** Up to here an eye sees an even pace. */
const EVEN = 0.15;

/** How far apart neighbouring frames look, along the path: a flat line is an even walk. */
export default function Evenness({ walk, frames }: { walk: Walk; frames: readonly Frame[] }) {
  const { t } = useTranslation("walks");
  const span = spanOf(walk);
  const points = useMemo(() => distancesOf(frames), [frames]);
  const measured = unevenness(points);
  if (measured === null) return null;
  const stations = Array.from({ length: span + 1 }, (_, place) => place + 1);
  const numberOf = (station: number) => String(((station - 1) % walk.keyframes.length) + 1);
  const last = points.at(-1);
  const drawn = last ? [...points, { place: 1 + span, distance: last.distance }] : points; // the last stretch has its width too
  const mean = points.reduce((sum, { distance }) => sum + distance, 0) / points.length;
  return (
    <section>
      <h2>{t("evenness")}</h2>
      <p className={css.soft}>{t(measured <= EVEN ? "isEven" : isFinal(walk) ? "isUneven" : "evensOut", { value: decimal(measured, 2) })}</p>
      <figure className={css.plot} aria-label={t("evennessPlot", { value: decimal(measured, 2) })}>
        <ResponsiveContainer width="100%" height="100%">
          <AreaChart data={drawn} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
            <XAxis dataKey="place" type="number" domain={[1, span + 1]} ticks={stations} tickFormatter={(place) => numberOf(Number(place))} interval="preserveStartEnd" {...AXIS} />
            <YAxis domain={[0, "auto"]} tickFormatter={(value) => decimal(Number(value), 2)} width={48} {...AXIS} />
            {stations.map((station) => <ReferenceLine key={station} x={station} stroke="var(--line-strong)" />)}
            <ReferenceLine y={mean} stroke="var(--ink-soft)" strokeDasharray="4 4" />
            <Tooltip formatter={(value) => [decimal(Number(value)), t("distance")]} labelFormatter={(place) => t("atPlace", { place: decimal(Number(place)) })} contentStyle={BOX} />
            <Area dataKey="distance" type="stepAfter" stroke="var(--ink)" fill="var(--line)" isAnimationActive={false} dot={false} />
          </AreaChart>
        </ResponsiveContainer>
      </figure>
    </section>
  );
}
