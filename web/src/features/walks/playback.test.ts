import { expect, test } from "vitest";
import { frameTime_s, nextStep } from "./playback";

const indices = (count: number, ending: "stop" | "loop" | "ping-pong", repeat: boolean, most: number): number[] => {
  const seen = [0];
  let step = { index: 0, direction: 1 as 1 | -1, ended: false };
  while (seen.length < most) {
    step = nextStep(step, count, ending, repeat);
    if (step.ended) break;
    seen.push(step.index);
  }
  return seen;
};

test("a coarse film takes as long as the whole one will", () => {
  expect(8 * frameTime_s({ frames: 60, fps: 24 }, 8, 1)).toBeCloseTo(60 / 24);
  expect(frameTime_s({ frames: 60, fps: 24 }, 60, 1)).toBeCloseTo(1 / 24);
  expect(frameTime_s({ frames: 60, fps: 24 }, 60, 2)).toBeCloseTo(1 / 48);
});

test("a film plays to its end, and again where it is to be repeated", () => {
  expect(indices(3, "stop", false, 9)).toEqual([0, 1, 2]);
  expect(indices(3, "loop", true, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
});

test("a film that goes there and back shows its ends once", () => {
  expect(indices(3, "ping-pong", false, 9)).toEqual([0, 1, 2, 1, 0]);
  expect(indices(3, "ping-pong", true, 9)).toEqual([0, 1, 2, 1, 0, 1, 2, 1, 0]);
});

test("one frame is no film", () => {
  expect(nextStep({ index: 0, direction: 1 }, 1, "loop", true).ended).toBe(true);
});
