/** What keyframes look like before the walk: pictures that were made with the very same inputs. */
import type { Schemas } from "~/api/client";
import { runInput, type Composition, type Keyframe } from "./composition";
import type { Plan } from "./walkable";

export type Pictures = ReadonlyMap<string, string>;

/** Names all that a picture depends on; inputs that are left out have their defaults. */
export function keyOf({ fields }: Pick<Plan, "fields">, input: Readonly<Record<string, unknown>>): string {
  const all = fields.map((field) => {
    const value = input[field.name] ?? ("initial" in field ? field.initial : undefined);
    return value === "" ? undefined : value;
  });
  return JSON.stringify(all, (_name, value: unknown) => (value instanceof File ? [value.name, value.size, value.lastModified] : (value ?? null)));
}

export function picturesOf(plan: Plan, examples: readonly Pick<Schemas["ItemReply"], "input" | "output">[]): Pictures {
  const shown = examples.flatMap(({ input, output }): [string, string][] => {
    const picture = output.thumbnails[0]?.url ?? output.url;
    return picture ? [[keyOf(plan, input), picture]] : [];
  });
  return new Map(shown);
}

/** Two examples between which a walk can be tried. */
export interface Pair {
  from: Schemas["ItemReply"];
  to: Schemas["ItemReply"];
}

const MOST_PAIRS = 4;

/** Neighbours in the showcase that differ in what keyframes differ in. */
export function pairsOf({ usual }: Pick<Plan, "usual">, examples: readonly Schemas["ItemReply"][]): Pair[] {
  const own = ({ input }: Schemas["ItemReply"]) => JSON.stringify(usual.map((name) => input[name] ?? null));
  const pairs: Pair[] = [];
  for (let place = 0; place + 1 < examples.length && pairs.length < MOST_PAIRS; place += 2) {
    const [from, to] = [examples[place], examples[place + 1]];
    if (from && to && own(from) !== own(to)) pairs.push({ from, to });
  }
  return pairs;
}

/** What is known of a keyframe: the key of its inputs, and the picture that they made. */
export interface Known {
  key: string;
  input: Record<string, unknown>;
  address: string | null;
}

export function keyframePicture(plan: Plan, now: Composition, keyframe: Keyframe, pictures: Pictures): Known {
  const input = runInput(plan, now, keyframe);
  const key = keyOf(plan, input);
  return { key, input, address: pictures.get(key) ?? null };
}
