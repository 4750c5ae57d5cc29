import { expect, test } from "vitest";
import { ownPath } from "./return_path";

test("after logging in one returns to a path of ours", () => {
  expect(ownPath("/atelier/shape-gan?tab=api#x")).toBe("/atelier/shape-gan?tab=api#x");
  expect(ownPath(undefined)).toBe("/");
});

test.each(["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http://here.invalid/x"])("%s leads nowhere else", (wish) => {
  expect(ownPath(wish)).toBe("/");
});
