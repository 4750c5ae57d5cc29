import { describe, expect, it } from "vitest";
import { countInFullRows } from "./rows";

const wall = { widthPx: 500, rowPx: 100, gapPx: 10 };

describe("countInFullRows", () => {
  it("leaves out the row that may still grow", () => {
    expect(countInFullRows([1, 1, 1, 1, 1, 1], wall)).toBe(4);
  });
  it("breaks where the gaps no longer fit", () => {
    expect(countInFullRows([1, 1, 1, 1, 0.6, 1], wall)).toBe(5);
    expect(countInFullRows([1, 1, 1, 1, 0.61, 1], wall)).toBe(4);
  });
  it("gives a tile that is wider than the wall a row of its own", () => {
    expect(countInFullRows([6, 1, 1], wall)).toBe(1);
  });
  it("shows a single row, full or not", () => {
    expect(countInFullRows([1, 1], wall)).toBe(2);
    expect(countInFullRows([], wall)).toBe(0);
  });
});
