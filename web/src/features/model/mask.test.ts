import { expect, test } from "vitest";
import { maskSize } from "./mask";

test("a mask has the shape of its picture in at most 1024 pixels", () => {
  expect(maskSize({ width: 300, height: 200 })).toEqual({ width: 300, height: 200 });
  expect(maskSize({ width: 4096, height: 1024 })).toEqual({ width: 1024, height: 256 });
  expect(maskSize({ width: 9000, height: 1 })).toEqual({ width: 1024, height: 1 });
});
