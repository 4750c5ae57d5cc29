import { expect, test } from "vitest";
import { isRunning, modelOf, readLibrarySearch } from "./search";

test("an address filters by a status that there is and by a model", () => {
  expect(readLibrarySearch({ status: "failed", model: "atelier/warm-cool" })).toEqual({ status: "failed", model: "atelier/warm-cool" });
  expect(readLibrarySearch({ status: "lost", model: "", page: 2 })).toEqual({});
});

test("what waits and what works is running, what ended is not", () => {
  expect(isRunning({ status: "starting" })).toBe(true);
  expect(isRunning({ status: "processing" })).toBe(true);
  expect(isRunning({ status: "aborted" })).toBe(false);
});

test("a prediction leads to its model", () => {
  expect(modelOf({ model: "atelier/warm-cool" })).toEqual({ owner: "atelier", name: "warm-cool" });
});
