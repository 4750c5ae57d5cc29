import { expect, test } from "vitest";
import { promptsOf } from "./prompts";

const item = (input: Record<string, unknown>, url?: string) =>
  ({ input, output: { thumbnails: url ? [{ url, width_px: 1, height_px: 1 }] : [] } }) as unknown as Parameters<typeof promptsOf>[1][number];

test("each text of the examples is offered once, with what it made", () => {
  const examples = [item({ prompt: "hills", seed: 1 }, "/1.webp"), item({ prompt: "waves" }), item({ prompt: "hills", seed: 2 }, "/2.webp"), item({ seed: 3 })];
  expect(promptsOf("prompt", examples)).toEqual([{ text: "hills", picture: "/1.webp" }, { text: "waves", picture: null }]);
});

test("a single text, empty ones and long ones are not offered", () => {
  expect(promptsOf("prompt", [item({ prompt: "hills" }), item({ prompt: " " }), item({ prompt: "x".repeat(200) })])).toEqual([]);
  expect(promptsOf("other", [item({ prompt: "hills" }), item({ prompt: "waves" })])).toEqual([]);
});
