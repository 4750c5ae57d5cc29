import { expect, test } from "vitest";
import { successShare, total } from "./figures";

test("a cancelled run is no failure, and no runs have no success rate", () => {
  expect(successShare(total([{ runs: 4, succeeded: 2, failed: 1 }, { runs: 1, succeeded: 1, failed: 0 }]))).toBe(0.75);
  expect(successShare(total([]))).toBeNull();
});
