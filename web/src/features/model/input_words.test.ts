import { expect, test } from "vitest";
import { inputWords } from "./input_words";

const openapi_schema = { components: { schemas: { Input: { properties: { seed: { "x-type": "seed", title: "Seed" }, steps: { type: "integer", title: "Steps" } } } } } };
const model = {
  latest_version: { openapi_schema },
  translations: { ko: { summary: "", description: "", words: { ink: "먹" }, fields: { seed: { title: "시드", description: "" } } } },
} as unknown as Parameters<typeof inputWords>[0];

test("inputs are called as the manifest says in the visitor's language, else as the schema says", () => {
  expect(inputWords(model, "ko").fields).toMatchObject({ seed: { title: "시드" }, steps: { title: "Steps" } });
  expect(inputWords(model, "ko").words).toEqual({ ink: "먹" });
  expect(inputWords(model, "en").fields).toMatchObject({ seed: { title: "Seed" } });
});
