/** Money in the visitor's locale; amounts are whole millionths of the currency's unit. */
import { language } from "~/words/words";

const MICROS = 1_000_000;

/** Prices of a run are often below a cent: as many digits as the amount has, two at least. */
export function money(micros: number, currency: string): string {
  return new Intl.NumberFormat(language(), {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: currency === "KRW" && micros % MICROS === 0 ? 0 : 2,
    maximumFractionDigits: 6,
  }).format(micros / MICROS);
}

export const count = (number: number): string =>
  new Intl.NumberFormat(language(), { notation: number < 10_000 ? "standard" : "compact" }).format(number);

export const decimal = (number: number, digits = 3): string =>
  new Intl.NumberFormat(language(), { maximumSignificantDigits: digits }).format(number);

export const percent = (share: number): string =>
  new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(share);

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function bytes(size: number): string {
  const step = Math.min(BYTES.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
  return new Intl.NumberFormat(language(), {
    style: "unit",
    unit: BYTES[step],
    unitDisplay: "short",
    maximumFractionDigits: step > 0 ? 1 : 0,
  }).format(size / 1000 ** step);
}

export function seconds(duration_s: number): string {
  const short = duration_s < 1;
  return new Intl.NumberFormat(language(), {
    style: "unit",
    unit: short ? "millisecond" : "second",
    unitDisplay: "short",
    maximumSignificantDigits: 3,
  }).format(short ? duration_s * 1000 : duration_s);
}
