/** Money in the visitor's locale; amounts are whole millionths of the currency's unit. */
import { formatted } from "./formats";

const MICROS = 1_000_000;

/** Prices of a run are often below a cent: as many digits as the amount has, two at least. */
export function money(micros: number, currency: string): string {
  return formatted(micros / MICROS, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: currency === "KRW" && micros % MICROS === 0 ? 0 : 2,
    maximumFractionDigits: 6,
  });
}

export const count = (number: number): string =>
  formatted(number, { notation: number < 10_000 ? "standard" : "compact" });

export const decimal = (number: number, digits = 3): string => formatted(number, { maximumSignificantDigits: digits });

export const percent = (share: number): string => formatted(share, { style: "percent", maximumFractionDigits: 1 });

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function bytes(size: number): string {
  const step = Math.min(BYTES.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
  return formatted(size / 1000 ** step, {
    style: "unit",
    unit: BYTES[step],
    unitDisplay: "short",
    maximumFractionDigits: step > 0 ? 1 : 0,
  });
}

export function seconds(duration_s: number): string {
  const short = duration_s < 1;
  return formatted(short ? duration_s * 1000 : duration_s, {
    style: "unit",
    unit: short ? "millisecond" : "second",
    unitDisplay: "short",
    maximumSignificantDigits: 3,
  });
}
