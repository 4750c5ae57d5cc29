/** The texts of a model's examples, to begin from with one click. */
import type { Schemas } from "~/api/client";

type Item = Pick<Schemas["ItemReply"], "input" | "output">;

const MOST = 12;
/** One alone is what the form begins with. */
const LEAST = 2;
const MOST_LETTERS = 80;

/** Each text that the examples give a field, once, in their order, with the smallest picture of what it made. */
export function promptsOf(name: string, examples: readonly Item[]): { text: string; picture: string | null }[] {
  const found = new Map<string, string | null>();
  for (const { input, output } of examples) {
    const text = input[name];
    if (typeof text !== "string" || text.trim() === "" || text.length > MOST_LETTERS || found.has(text)) continue;
    found.set(text, output.thumbnails[0]?.url ?? null);
  }
  if (found.size < LEAST) return [];
  return [...found].slice(0, MOST).map(([text, picture]) => ({ text, picture }));
}
