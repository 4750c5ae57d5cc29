/** What a keyframe says of itself in one line: its words, else its choices and numbers; a picture says nothing. */
export function keyframeWords(keyframe: Readonly<Record<string, unknown>>, word: (value: string) => string): string {
  const words = Object.values(keyframe).filter((value): value is string | number => typeof value === "number" || (typeof value === "string" && !isAddress(value)));
  return words.map((value) => (typeof value === "string" ? word(value) : String(value))).join(" · ");
}

export const isAddress = (value: string): boolean => /^(https?:\/\/|data:|\/(blobs|v1)\/)/.test(value);

/** The picture of a keyframe that is one. */
export const keyframeAddress = (keyframe: Readonly<Record<string, unknown>>): string | null =>
  Object.values(keyframe).find((value): value is string => typeof value === "string" && isAddress(value)) ?? null;
