import i18n from "i18next";
import { beforeAll, expect, test } from "vitest";
import { bytes, money, seconds } from "./money";
import { relative } from "./When";

beforeAll(() => i18n.init({ lng: "en", resources: { en: {} } }));

test("a price below a cent keeps its digits", () => {
  expect(money(2_000, "USD")).toBe("$0.002");
  expect(money(10_000_000, "USD")).toBe("$10.00");
});

test("sizes and times have their units", () => {
  expect(bytes(0)).toBe("0 byte");
  expect(bytes(1_300_000)).toBe("1.3 MB");
  expect(seconds(0.00789)).toBe("7.89 ms");
  expect(seconds(2)).toBe("2 sec");
});

test("a time is said from now", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  expect(relative(new Date("2026-11-20T11:57:00Z"), now, "en")).toBe("3 minutes ago");
  expect(relative(new Date("2026-11-20T11:59:58Z"), now, "ko")).toBe("지금");
});
