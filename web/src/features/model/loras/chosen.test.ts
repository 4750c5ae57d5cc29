import { expect, test } from "vitest";
import { lorasOf, MOST_LORAS, readChosen, toggled } from "./chosen";

test("a LoRA is taken at full weight, and taken away again", () => {
  const one = toggled({}, "ann/ink");
  expect(one).toEqual({ "ann/ink": 1 });
  expect(toggled(one, "ann/ink")).toEqual({});
});

test("no more than the most are taken", () => {
  const full = Object.fromEntries(Array.from({ length: MOST_LORAS }, (_, place) => [`ann/l${place}`, 0.5]));
  expect(toggled(full, "ann/further")).toBe(full);
  expect(lorasOf(full)).toHaveLength(MOST_LORAS);
});

test("an address names LoRAs by owner and name, with a weight that can be asked for", () => {
  expect(readChosen({ "ann/ink": 0.8, "ann/chalk": -4, "no name": 1, "ann/heavy": 5, "ann/words": "1", "a/b:c": 1 })).toEqual({ "ann/ink": 0.8, "ann/chalk": -4 });
  for (const nothing of [undefined, null, "ann/ink", ["ann/ink"], 7]) expect(readChosen(nothing)).toEqual({});
});
