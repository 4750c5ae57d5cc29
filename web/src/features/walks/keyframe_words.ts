/** What keyframes say of themselves, for lines and titles. */
type Inputs = Readonly<Record<string, unknown>>;
type Word = (value: string) => string;

export const isAddress = (value: string): boolean => /^(https?:\/\/|data:|\/(blobs|v1)\/)/.test(value);

/** One line: its words and choices, and its numbers where they are wanted or all there is; a picture says nothing. */
export function keyframeWords(keyframe: Inputs, word: Word, withNumbers = false): string {
  const values = Object.values(keyframe);
  const words = values.filter((value): value is string => typeof value === "string" && value !== "" && !isAddress(value)).map(word);
  const numbers = values.filter((value) => typeof value === "number").map(String);
  return [...(withNumbers || words.length === 0 ? numbers : []), ...words].join(" · ");
}

/** The picture of a keyframe that is one. */
export const keyframeAddress = (keyframe: Inputs): string | null =>
  Object.values(keyframe).find((value): value is string => typeof value === "string" && isAddress(value)) ?? null;

/** A walk's title; one without is called by where it begins and where it leads. */
export function titleOf({ title, keyframes }: { title: string; keyframes: readonly Inputs[] }, word: Word, untitled: string): string {
  if (title !== "") return title;
  const ends = [keyframes[0] ?? {}, keyframes.at(-1) ?? {}];
  const [plain, exact] = [false, true].map((withNumbers) => ends.map((end) => keyframeWords(end, word, withNumbers)));
  const shown = plain?.[0] === plain?.[1] ? exact : plain;
  return shown?.every((words) => words !== "") ? shown.join(" → ") : untitled;
}
