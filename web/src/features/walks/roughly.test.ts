import { expect, test } from "vitest";
import { roughly } from "./roughly";

test("a long time is said more roughly than a short one", () => {
  const said = (duration_s: number) => roughly(duration_s, "en");
  expect([0.2, 7.4, 33, 100, 3000, 9000].map(said)).toEqual(["1 sec", "7 sec", "35 sec", "2 min", "50 min", "2.5 hr"]);
  expect(roughly(33, "ko")).toBe("35초");
});
