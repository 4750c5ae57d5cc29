/** "35 sec", "3 min", "2 hr": how long something will take, no more exactly than anybody can know. */
const [MINUTE_S, HOUR_S] = [60, 3600];

export function roughly(duration_s: number, language: string): string {
  const said = (value: number, unit: "second" | "minute" | "hour") =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
  if (duration_s < 10) return said(Math.max(1, Math.round(duration_s)), "second");
  if (duration_s < 1.5 * MINUTE_S) return said(5 * Math.round(duration_s / 5), "second");
  if (duration_s < 1.5 * HOUR_S) return said(Math.round(duration_s / MINUTE_S), "minute");
  return said(Math.round((2 * duration_s) / HOUR_S) / 2, "hour");
}
