import { expect, test } from "vitest";
import type { Frame } from "./walk";
import { distancesOf, indexAt, nearest, spanOf, stripOf, timeLeft_s, unevenness, withFrames } from "./frames";

const frame = (place: number, distance: number | null = null, url = `/f${String(place)}`): Frame => ({
  place, url, thumbnail_url: `${url}.webp`, width_px: 64, height_px: 64, distance, keyframe: Number.isInteger(place) ? place : null,
});
const FRAMES = [frame(0), frame(0.5), frame(1), frame(2)];

test("a loop has a way more than it has gaps between keyframes", () => {
  expect(spanOf({ keyframes: [{}, {}, {}], ending: "stop" })).toBe(2);
  expect(spanOf({ keyframes: [{}, {}, {}], ending: "ping-pong" })).toBe(2);
  expect(spanOf({ keyframes: [{}, {}, {}], ending: "loop" })).toBe(3);
});

test("frames that come in any order stand in the order of the path", () => {
  const frames = withFrames(withFrames([], [frame(1), frame(0)]), [frame(0.5)]);
  expect(frames.map(({ place }) => place)).toEqual([0, 0.5, 1]);
});

test("a frame that comes again brings its new distance and keeps the picture that is loaded", () => {
  const frames = withFrames([frame(0, 0.4)], [frame(0, 0.2, "/signed-anew")]);
  expect(frames).toEqual([frame(0, 0.2, "/f0")]);
});

test("a place finds the frame before it and the one nearest to it", () => {
  expect(indexAt(FRAMES, 0.6)).toBe(1);
  expect(indexAt(FRAMES, 0)).toBe(0);
  expect(indexAt([frame(1)], 0.5)).toBe(-1);
  expect(nearest(FRAMES, 0.8)).toBe(2);
  expect(nearest(FRAMES, 9)).toBe(3);
  expect(nearest([frame(1)], 0)).toBe(0);
  expect(nearest([], 0)).toBe(-1);
});

test("a strip shows each frame in the slot of its place alone, and the last keyframe in the last", () => {
  const places = stripOf([frame(0), frame(1), frame(2)], 4, 2, false).map((each) => each?.place ?? null);
  expect(places).toEqual([0, null, 1, 2]);
  expect(stripOf([], 3, 1, false)).toEqual([null, null, null]);
});

test("a strip of a walk that is whole has no gaps", () => {
  expect(stripOf([frame(0), frame(1), frame(2)], 5, 2, true).map((each) => each?.place)).toEqual([0, 1, 1, 1, 2]);
});

test("the time left follows the newest frames, and is not guessed from one or two", () => {
  expect(timeLeft_s([0, 2], 10, 2)).toBeNull();
  expect(timeLeft_s([0, 2, 4], 10, 3)).toBe(14);
  const [slow, quick] = [Array.from({ length: 30 }, (_, place) => place * 9), Array.from({ length: 24 }, (_, place) => 300 + place)];
  expect(timeLeft_s([...slow, ...quick], 64, 54)).toBe(10);
});

test("a distance stands where its stretch begins, and unevenness has no unit", () => {
  const points = distancesOf([frame(0, 0.3), frame(0.5, 0.1), frame(1)]);
  expect(points).toEqual([{ place: 1, distance: 0.3 }, { place: 1.5, distance: 0.1 }]);
  expect(unevenness(points)).toBeCloseTo(0.5);
  expect(unevenness(points.slice(1))).toBeNull();
});
