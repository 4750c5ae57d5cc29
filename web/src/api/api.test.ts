import { expect, test } from "vitest";
import { csrfToken } from "./client";
import { nextCursor } from "./pages";
import { problemOf } from "./problem";

test("an error reply keeps its code, field and facts", () => {
  const problem = problemOf(422, { detail: "Too long.", code: "text_too_long", field: "inputs.prompt", facts: { most: 9 } });
  expect(problem).toMatchObject({ status: 422, code: "text_too_long", field: "inputs.prompt", facts: { most: 9 }, message: "Too long." });
});

test("a reply that is not ours is `unexpected`", () => {
  expect(problemOf(502, "<html>").code).toBe("unexpected");
});

test("the next page's cursor is read out of its address", () => {
  expect(nextCursor({ next: "/v1/explore?limit=2&cursor=a%2Bb" })).toBe("a+b");
  expect(nextCursor({ next: null })).toBeUndefined();
});

test("the CSRF token is found under both names of its cookie", () => {
  expect(csrfToken("a=1; artrator_csrf=xyz")).toBe("xyz");
  expect(csrfToken("__Host-artrator_csrf=xyz; b=2")).toBe("xyz");
  expect(csrfToken("other_artrator_csrf=no")).toBeNull();
});
