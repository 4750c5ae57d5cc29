/** What stands in the composer outlives a log-in or a reload, in this tab; files do not. */
import { withoutFiles } from "~/features/model/fields";
import { bodyOf, type Composition, type Given } from "./composition";
import { readGiven } from "./search";
import type { Plan } from "./walkable";

const KEY = "artrator.walk";

export interface Draft {
  model: string;
  given: Given;
}

/** The composition as the API writes it, but for files. */
export function givenOf(model: string, plan: Plan, now: Composition): Given {
  const { keyframes, input, ...film } = bodyOf(model, plan, now);
  return { ...readGiven({ ...film }), keyframes: keyframes.map(withoutFiles), input: withoutFiles(input) };
}

export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // a browser that stores nothing still composes
  }
}

export function forgetDraft(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // there was none
  }
}

/** The draft of a model, or of any. */
export function keptDraft(model?: string): Draft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as { model?: unknown; given?: unknown } | null;
    if (kept === null || typeof kept.model !== "string" || typeof kept.given !== "object" || kept.given === null) return null;
    return model === undefined || model === kept.model ? { model: kept.model, given: readGiven(kept.given as Record<string, unknown>) } : null;
  } catch {
    return null;
  }
}
