import { expect, test } from "vitest";
import { modelOf, readWalletSearch } from "./search";

test("an address filters by a kind that there is, and by nothing else", () => {
  expect(readWalletSearch({ kind: "top_up" })).toEqual({ kind: "top_up" });
  expect(readWalletSearch({ kind: "refund", page: 2 })).toEqual({});
});

test("a run's line leads to its model, and no other line does", () => {
  expect(modelOf({ kind: "run", memo: "atelier/pencil-sketch" })).toEqual({ owner: "atelier", name: "pencil-sketch" });
  expect(modelOf({ kind: "run", memo: "" })).toBeNull();
  expect(modelOf({ kind: "top_up", memo: "a/b" })).toBeNull();
});
