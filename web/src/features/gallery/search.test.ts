import { describe, expect, it } from "vitest";
import { readGallerySearch } from "./search";

describe("readGallerySearch", () => {
  it("takes the filters that there are", () => {
    const asked = { kind: "walk", sort: "liked", model: "atelier/small-museum", owner: "ada", mine: true } as const;
    expect(readGallerySearch(asked)).toEqual(asked);
  });
  it("leaves out what is none", () => {
    expect(readGallerySearch({ kind: "song", sort: "new", model: "atelier", owner: "", mine: false, colour: "red" })).toEqual({});
    expect(readGallerySearch({ model: "a/b/c", kind: ["walk"] })).toEqual({});
  });
  it("takes a handle of digits, which an address gives as a number", () => {
    expect(readGallerySearch({ owner: 42 })).toEqual({ owner: "42" });
  });
});
