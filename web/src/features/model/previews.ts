/** What the choices of an input look like: real pictures of the model's showcase. */
import type { Schemas } from "~/api/client";

type Item = Pick<Schemas["ItemReply"], "input" | "output">;

/** With pictures of fewer choices than this there is nothing to compare. */
const LEAST = 2;

/** A thumbnail's address for each choice that has one: of the pictures made with it, the one most like the first example. */
export function previewsOf(name: string, choices: readonly string[], examples: readonly Item[]): ReadonlyMap<string, string> {
  const first = examples[0]?.input ?? {};
  const likeness = ({ input }: Item) => Object.keys(input).filter((other) => other !== name && input[other] === first[other]).length;
  const found = new Map<string, string>();
  for (const choice of choices) {
    const made = examples.filter(({ input, output }) => input[name] === choice && output.thumbnails.length > 0);
    const best = made.reduce<Item | undefined>((one, other) => (one && likeness(one) >= likeness(other) ? one : other), undefined);
    const thumbnail = best?.output.thumbnails[0];
    if (thumbnail) found.set(choice, thumbnail.url);
  }
  return found.size < LEAST ? new Map<string, string>() : found;
}
