/** A finding in the visitor's language: by its codes where we have words, else the server's own English. */
import type { Schemas } from "~/api/client";
import { bytes, decimal, seconds } from "~/format/money";

type Facts = Schemas["FindingBody"]["facts"];
/** Look up the first key that has words; "" where none has. */
type LookUp = (keys: readonly string[], values: Readonly<Record<string, string>>) => string;

interface InWords {
  reason: string;
  /** What the reason sums up; empty where the server's sentence says it already. */
  details: readonly string[];
  advice: string;
}

export function readFinding(finding: Schemas["FindingBody"], lookUp: LookUp): InWords {
  const { check, code, what_to_do } = finding;
  const reason = code ? lookUp([code], shown(finding.facts, finding.reason)) : "";
  if (reason === "") return { reason: finding.reason, details: [], advice: what_to_do };
  return {
    reason,
    details: [...new Set(finding.details.map((each) => lookUp([each.code], shown(each.facts, each.text)) || each.text))],
    advice: what_to_do && (lookUp([`advice_${code}`, `advice_${check}`], {}) || what_to_do),
  };
}

const shown = (facts: Facts, text: string): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, withUnit(name, value)])),
  text,
});

/** A value with the unit that its name ends with. */
export function withUnit(name: string, value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (name.endsWith("_s")) return seconds(value);
  return name.endsWith("_bytes") ? bytes(value) : decimal(value, 6);
}
