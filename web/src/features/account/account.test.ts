import { expect, test } from "vitest";
import { deviceOf } from "./device";
import { expiryOf } from "./lifetime";

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge · Windows"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile/15E148 Safari/604.1", "Safari · iOS"],
  ["Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome · Android"],
  ["python-httpx/0.28", "python-httpx/0.28"],
  ["", ""],
])("a session from %s is shown as %s", (userAgent, shown) => {
  expect(deviceOf(userAgent)).toBe(shown);
});

test("a key ends after the days that were chosen, or never", () => {
  expect(expiryOf("30", new Date("2026-01-01T00:00:00Z"))).toBe("2026-01-31T00:00:00.000Z");
  expect(expiryOf("", new Date())).toBeNull();
});
