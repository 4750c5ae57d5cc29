import { expect, test } from "vitest";
import { bodyOf, changedKeyframe, composed, gaps, keyframeInput, lengthOf_s, moved, placeOf, runInput, setValue, withKeyframe, withoutKeyframe, withOwn } from "./composition";
import { readComposerSearch } from "./search";
import { matters, planOf } from "./walkable";
import { canWalk } from "./walking";

const property = (type: string, more: object = {}) => ({ "x-type": type, ...more });
const modelOf = (pipeline: "text-to-image" | "latent-to-image" | "image-to-label", properties: Record<string, object>, required: string[] = []) => {
  const ordered = Object.fromEntries(Object.entries(properties).map(([name, each], place) => [name, { title: name, "x-order": place, ...each }]));
  return { pipeline, latest_version: { openapi_schema: { components: { schemas: { Input: { properties: ordered, required } } } } } } as never;
};
const MUSEUM = modelOf("text-to-image", {
  prompt: property("text"), negative_prompt: property("text"), steps: property("integer", { default: 8, minimum: 1, maximum: 20 }),
  guidance: property("number", { default: 2, minimum: 1, maximum: 10 }), seed: property("seed", { "x-drawn": true }),
  image: property("image"), mask: property("image"),
}, ["prompt"]);
const VAE = modelOf("latent-to-image", {
  seed: property("seed", { "x-drawn": true }), style: property("choice", { enum: ["hills", "dots"], default: "hills" }),
  truncation: property("number", { default: 0.8, minimum: 0, maximum: 1 }), to_seed: property("seed"),
});
const museum = planOf(MUSEUM);
const vae = planOf(VAE);
const body = (given: object) => bodyOf("atelier/small-museum", museum, composed(museum, given));

test("models that paint from words or from a latent walk, others and those without a version do not", () => {
  expect(canWalk(MUSEUM)).toBe(true);
  expect(canWalk(modelOf("image-to-label", {}))).toBe(false);
  expect(canWalk({ pipeline: "text-to-image", latest_version: null })).toBe(false);
});

test("keyframes differ in words, or in seed and choices; size and steps never do", () => {
  expect(museum.usual).toEqual(["prompt"]);
  expect(museum.may.map(({ name }) => name)).toEqual(["prompt", "negative_prompt", "guidance", "seed"]);
  expect(museum.picture?.name).toBe("image");
  expect(vae.usual).toEqual(["seed", "style"]);
  expect(vae.picture).toBeNull();
});

test("two prompts are enough: all else is filled in, and the seed that all share is drawn", () => {
  const walk = body({ keyframes: [{ prompt: "warm hills" }, { prompt: "cool waves" }] });
  expect(walk.keyframes).toEqual([{ prompt: "warm hills" }, { prompt: "cool waves" }]);
  expect(walk).toMatchObject({ model: "atelier/small-museum", frames: 60, ending: "stop", spacing: "even", sharing: 0.5, fps: 24 });
  expect(walk.input).toEqual({ steps: 8, guidance: 2, seed: expect.any(Number) as number });
});

test("a composer that is given nothing has two keyframes to fill in, each with a seed of its own where seeds differ", () => {
  const empty = composed(museum, {});
  expect(empty.keyframes).toHaveLength(2);
  expect(gaps(museum, empty)).toEqual(["keyframes.0.prompt", "keyframes.1.prompt"]);
  const points = composed(vae, {}).keyframes;
  expect(points[0]?.values["seed"]).not.toBe(undefined);
  expect(points[0]?.id).not.toBe(points[1]?.id);
  expect(points[1]?.values["style"]).toBe("hills");
});

test("what the keyframes of another walk differ in stays their own, what they share stays shared", () => {
  const now = composed(museum, { keyframes: [{ prompt: "a" }, { prompt: "b", guidance: 5 }], input: { seed: 9, guidance: 3 }, frames: 24, title: "Home" });
  expect(now.own).toEqual(["prompt", "guidance"]);
  expect(bodyOf("m/n", museum, now)).toMatchObject({
    keyframes: [{ prompt: "a", guidance: 3 }, { prompt: "b", guidance: 5 }], input: { seed: 9, steps: 8 }, frames: 24, title: "Home",
  });
});

test("a keyframe that is a picture needs the picture and no words", () => {
  const now = composed(museum, { keyframes: [{ prompt: "a" }, { image: "/v1/files/x" }] });
  expect(now.keyframes.map(({ isPicture }) => isPicture)).toEqual([false, true]);
  expect(gaps(museum, now)).toEqual([]);
  expect(keyframeInput(museum, now, now.keyframes[1] as never)).toEqual({ image: "/v1/files/x" });
  const without = changedKeyframe(now, now.keyframes[1]?.id ?? 0, (each) => setValue(each, "image", undefined));
  expect(gaps(museum, without)).toEqual(["keyframes.1.image"]);
});

test("a picture that is put aside for words is not sent", () => {
  const now = composed(museum, { keyframes: [{ prompt: "a" }, { image: "/v1/files/x", prompt: "b" }] });
  const words = changedKeyframe(now, now.keyframes[1]?.id ?? 0, (each) => ({ ...each, isPicture: false }));
  expect(bodyOf("m/n", museum, words).keyframes[1]).toEqual({ prompt: "b" });
});

test("how a picture is painted over is asked only where a keyframe is a picture", () => {
  const asked = (now: ReturnType<typeof composed>) => museum.fields.filter((field) => matters(field, now)).map(({ name }) => name);
  expect(asked(composed(museum, {}))).not.toContain("mask");
  expect(asked(composed(museum, { keyframes: [{ image: "/v1/files/x" }] }))).toContain("mask");
});

test("a preview runs with the keyframe's inputs and the shared ones", () => {
  const now = composed(museum, { keyframes: [{ prompt: "a" }, { prompt: "b" }], input: { seed: 5 } });
  expect(runInput(museum, now, now.keyframes[1] as never)).toEqual({ prompt: "b", seed: 5, steps: 8, guidance: 2 });
});

test("keyframes are added up to twenty, taken away down to two, and moved", () => {
  let now = composed(museum, { keyframes: [{ prompt: "a" }, { prompt: "b" }, { prompt: "c" }] });
  const words = () => now.keyframes.map(({ values }) => values["prompt"]);
  now = moved(now, 2, 0);
  expect(words()).toEqual(["c", "a", "b"]);
  now = moved(now, 0, 99);
  expect(words()).toEqual(["a", "b", "c"]);
  now = withoutKeyframe(now, now.keyframes[1]?.id ?? 0);
  expect(words()).toEqual(["a", "c"]);
  expect(withoutKeyframe(now, now.keyframes[0]?.id ?? 0)).toBe(now);
  for (let times = 0; times < 30; times += 1) now = withKeyframe(museum, now);
  expect(now.keyframes).toHaveLength(20);
});

test("an input that all shared becomes each keyframe's own, and comes back with the first one's value", () => {
  const shared = composed(museum, { keyframes: [{ prompt: "a" }, { prompt: "b" }], input: { seed: 4 } });
  const own = withOwn(museum, shared, ["prompt", "seed"]);
  expect(own.keyframes.map(({ values }) => values["seed"])).toEqual([4, 4]);
  const changed = changedKeyframe(own, own.keyframes[0]?.id ?? 0, (each) => setValue(each, "seed", 8));
  expect(withOwn(museum, changed, ["prompt"]).shared["seed"]).toBe(8);
  expect(withOwn(museum, changed, [])).toBe(changed);
});

test("an error of the server is shown at the control that it is about", () => {
  const now = composed(museum, { keyframes: [{ prompt: "a" }, { prompt: "b" }] });
  expect(placeOf("keyframes.1.prompt", now)).toBe("keyframes.1.prompt");
  expect(placeOf("body.keyframes[1]", now)).toBe("keyframes.1");
  expect(placeOf("input.steps", now)).toBe("input.steps");
  expect(placeOf("inputs.steps", now)).toBe("input.steps");
  expect(placeOf("keyframes.0.steps", now)).toBe("input.steps");
  expect(placeOf("fps", now)).toBe("fps");
  expect(placeOf("keyframes.7", now)).toBeNull();
  expect(placeOf("model", now)).toBeNull();
  expect(placeOf(null, now)).toBeNull();
});

test("a film that goes there and back takes nearly twice as long", () => {
  expect(lengthOf_s({ frames: 48, fps: 24, ending: "stop" })).toBe(2);
  expect(lengthOf_s({ frames: 25, fps: 24, ending: "ping-pong" })).toBe(2);
});

test("an address fills the composer in, and what it cannot mean is left out", () => {
  const start = { keyframes: [{ prompt: "a" }, "b"], frames: 1e9, fps: "24", ending: "sideways", easing: "smooth", input: [] };
  expect(readComposerSearch({ model: "a/b", from: "", run: 7, start })).toEqual({
    model: "a/b", start: { keyframes: [{ prompt: "a" }], frames: 1e9, easing: "smooth" },
  });
});
