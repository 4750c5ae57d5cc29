import { expect, test } from "vitest";
import { keyframeAddress, keyframeWords, titleOf } from "./keyframe_words";

const same = (value: string) => value;

test("a keyframe says its words, its choices in the visitor's language, and numbers where it has nothing else", () => {
  expect(keyframeWords({ prompt: "cool waves", seed: 7 }, same)).toBe("cool waves");
  expect(keyframeWords({ seed: 7, style: "hills", palette: "warm" }, (value) => value.toUpperCase())).toBe("HILLS · WARM");
  expect(keyframeWords({ seed: 7, truncation: 0.8 }, same)).toBe("7 · 0.8");
  expect(keyframeWords({ image: "https://example.org/a.png" }, same)).toBe("");
  expect(keyframeAddress({ prompt: "a", image: "/blobs/a.png" })).toBe("/blobs/a.png");
});

test("a walk without a title is called by its ends", () => {
  const called = (...keyframes: Record<string, unknown>[]) => titleOf({ title: "", keyframes }, same, "Untitled");
  expect(titleOf({ title: "Home", keyframes: [{ prompt: "a" }] }, same, "Untitled")).toBe("Home");
  expect(called({ prompt: "a" }, { prompt: "b" }, { prompt: "c" })).toBe("a → c");
  expect(called({ seed: 1, style: "hills" }, { seed: 2, style: "hills" })).toBe("1 · hills → 2 · hills");
  expect(called({ image: "/blobs/a.png" }, { prompt: "b" })).toBe("Untitled");
});
