import { useTranslation } from "react-i18next";

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "3 minutes ago" in a language. */
export function relative(at: Date, now: Date, language: string): string {
  const past_s = (at.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length_s] of STEPS) {
    if (Math.abs(past_s) >= length_s) return words.format(Math.round(past_s / length_s), unit);
  }
  return words.format(0, "second");
}

/** A moment: relative in the text, exact on hover. */
export function When({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const moment = new Date(at);
  const exact = moment.toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "medium" });
  return (
    <time dateTime={at} title={exact}>
      {relative(moment, new Date(), i18n.language)}
    </time>
  );
}
