import { expect, test } from "vitest";
import { previewsOf } from "./previews";

const item = (url: string | null, input: Record<string, string | number>) => ({
  input,
  output: {
    kind: "image", url, media_type: "image/png", width_px: 64, height_px: 64, value: null,
    thumbnails: url === null ? [] : [{ url, width_px: 64, height_px: 64 }],
  },
});

test("a choice is shown by the picture that differs from the first example in it alone", () => {
  const examples = [
    item("/first", { seed: 7, style: "hills", palette: "warm" }),
    item("/other", { seed: 3, style: "dots", palette: "ocean" }),
    item("/alone", { seed: 7, style: "dots", palette: "warm" }),
  ];
  expect([...previewsOf("style", ["hills", "dots", "grid"], examples)]).toEqual([["hills", "/first"], ["dots", "/alone"]]);
});

test("choices without pictures of at least two stay plain", () => {
  const examples = [item("/first", { style: "hills" }), item(null, { style: "dots" })];
  expect(previewsOf("style", ["hills", "dots"], examples).size).toBe(0);
  expect(previewsOf("style", ["hills", "dots"], []).size).toBe(0);
});
