import { expect, test } from "vitest";
import { composed } from "./composition";
import { keyframePicture, keyOf, pairsOf, picturesOf } from "./pictures";
import { planOf } from "./walkable";

const VAE = planOf({
  pipeline: "latent-to-image",
  latest_version: { openapi_schema: { components: { schemas: { Input: { properties: {
    seed: { "x-type": "seed", "x-drawn": true, "x-order": 0 },
    palette: { "x-type": "choice", enum: ["warm", "cool"], default: "warm", "x-order": 1 },
    truncation: { "x-type": "number", default: 0.8, "x-order": 2 },
  } } } } } },
} as never);
const example = (id: string, input: Record<string, string | number>) => ({
  id, input, output: { url: `/${id}`, thumbnails: [{ url: `/${id}.webp`, width_px: 1, height_px: 1 }] },
}) as never;
const EXAMPLES = [example("a", { seed: 7, palette: "warm" }), example("b", { seed: 7, palette: "cool" }), example("c", { seed: 9 }), example("d", { seed: 9 })];

test("a picture is known by all its inputs, and an input left out has its default", () => {
  expect(keyOf(VAE, { seed: 7 })).toBe(keyOf(VAE, { truncation: 0.8, palette: "warm", seed: 7 }));
  expect(keyOf(VAE, { seed: 7 })).not.toBe(keyOf(VAE, { seed: 7, truncation: 0.9 }));
});

test("a keyframe that is in the showcase shows what it looks like, until one input differs", () => {
  const pictures = picturesOf(VAE, EXAMPLES);
  const now = composed(VAE, { keyframes: [{ seed: 7, palette: "cool" }, { seed: 8 }] });
  expect(now.keyframes.map((each) => keyframePicture(VAE, now, each, pictures).address)).toEqual(["/b.webp", null]);
  const bold = { ...now, shared: { ...now.shared, truncation: 1 } };
  expect(keyframePicture(VAE, bold, bold.keyframes[0] as never, pictures).address).toBeNull();
});

test("walks to try lie between pictures that differ", () => {
  expect(pairsOf(VAE, EXAMPLES).map(({ from, to }) => [from.id, to.id])).toEqual([["a", "b"]]);
});
