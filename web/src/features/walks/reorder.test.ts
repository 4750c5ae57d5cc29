import { expect, test } from "vitest";
import { orderAt, type Box } from "./reorder";

const box = (left: number, top: number, height = 100): Box => ({ left, top, right: left + 100, bottom: top + height });
const ROW = new Map([[1, box(0, 0)], [2, box(110, 0)], [3, box(220, 0)]]);
const COLUMN = new Map([[1, box(0, 0, 60)], [2, box(0, 70, 200)], [3, box(0, 280)]]);

test("a card takes the place of the one whose middle the pointer has passed", () => {
  expect(orderAt([1, 2, 3], 1, ROW, 140, 50)).toEqual([1, 2, 3]);
  expect(orderAt([1, 2, 3], 1, ROW, 170, 50)).toEqual([2, 1, 3]);
  expect(orderAt([1, 2, 3], 3, ROW, 40, 50)).toEqual([3, 1, 2]);
});

test("in one column the height of the pointer counts, so that a low card does not flicker past a high one", () => {
  expect(orderAt([1, 2, 3], 1, COLUMN, 50, 120)).toEqual([1, 2, 3]);
  expect(orderAt([1, 2, 3], 1, COLUMN, 50, 180)).toEqual([2, 1, 3]);
});

test("between the cards and outside of them nothing moves", () => {
  expect(orderAt([1, 2, 3], 1, ROW, 105, 50)).toEqual([1, 2, 3]);
  expect(orderAt([1, 2, 3], 1, ROW, 900, 900)).toEqual([1, 2, 3]);
});

test("a card goes to another row where the pointer is", () => {
  const rows = new Map([[1, box(0, 0)], [2, box(110, 0)], [3, box(0, 110)], [4, box(110, 110)]]);
  expect(orderAt([1, 2, 3, 4], 1, rows, 130, 150)).toEqual([2, 3, 4, 1]);
});
