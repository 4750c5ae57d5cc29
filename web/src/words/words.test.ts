import { describe, expect, test } from "vitest";
import { preferredLanguage } from "./language";

type Words = Record<string, string>;
const files = import.meta.glob<Words>(["./*.json", "../features/*/words.*.json"], { import: "default", eager: true });
const english = Object.keys(files).filter((file) => file.endsWith(".en.json"));

/** Korean has one plural form, and the English of problems and findings is the server's own. */
const needed = (keys: string[]) => keys.filter((key) => !key.endsWith("_one"));
const gaps = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe.each(english.filter((file) => !/problems|findings/.test(file)))("%s", (file) => {
  const [en = {}, ko = {}] = [files[file], files[file.replace(".en.", ".ko.")]];

  test("has the same keys in Korean", () => {
    expect(Object.keys(ko).sort()).toEqual(needed(Object.keys(en)).sort());
  });

  test("fills the same gaps in Korean", () => {
    for (const key of Object.keys(ko)) expect(gaps(ko[key] ?? ""), key).toEqual(gaps(en[key] ?? ""));
  });
});

test("the visitor's choice goes before the browser's language, and English comes last", () => {
  expect(preferredLanguage(null, ["ko-KR", "en"])).toBe("ko");
  expect(preferredLanguage("en", ["ko-KR"])).toBe("en");
  expect(preferredLanguage("fr", ["de", "ko"])).toBe("ko");
  expect(preferredLanguage(null, ["fr"])).toBe("en");
});
