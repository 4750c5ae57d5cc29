/** Formats of numbers, made once: making one costs a slow phone several milliseconds, and a wall of prices asks for dozens. */
import { language } from "~/words/words";

const made = new Map<string, Intl.NumberFormat>();

/** A number as the visitor's language writes it. */
export function formatted(value: number, options: Intl.NumberFormatOptions): string {
  const key = language() + JSON.stringify(options);
  let format = made.get(key);
  if (format === undefined) made.set(key, (format = new Intl.NumberFormat(language(), options)));
  return format.format(value);
}
