import { expect, test } from "vitest";
import { codeOf, literal } from "./code";
import { lineDiff } from "./line_diff";

const REQUEST = { url: "https://art.example", model: "ann/hills", version: "ab12", input: { prompt: "it's", calm: true, seed: 7 }, loras: {} };

test("curl's body survives an apostrophe in the shell", () => {
  expect(codeOf("curl", REQUEST)).toContain("\"prompt\": \"it'\\''s\"");
});

test("Python gets keywords, and a dictionary where a name is no keyword", () => {
  expect(codeOf("python", REQUEST)).toContain("    calm=True,\n");
  expect(codeOf("python", { ...REQUEST, input: { "to-seed": 1 } })).toContain('**{"to-seed": 1}');
});

test("replicate's client is given the version", () => {
  expect(codeOf("replicate", REQUEST)).toContain('client.run("ann/hills:ab12", input={"prompt": "it\'s", "calm": True, "seed": 7})');
});

test("chosen LoRAs are asked for, where the client can", () => {
  const request = { ...REQUEST, loras: { "ann/ink": 0.8 } };
  expect(codeOf("curl", request)).toContain('"version": "ann/ink",\n      "weight": 0.8');
  expect(codeOf("python", request)).toContain('    loras={"ann/ink": 0.8},\n');
  expect(codeOf("replicate", request)).toContain("# this client has no word for LoRAs");
  for (const kind of ["curl", "python", "replicate"] as const) expect(codeOf(kind, REQUEST)).not.toMatch(/lora/i);
});

test("a picture inside a link is not printed", () => {
  const picture = `data:image/png;base64,${"A".repeat(5000)}`;
  for (const kind of ["curl", "python", "replicate"] as const) {
    expect(codeOf(kind, { ...REQUEST, input: { image: picture } }).length).toBeLessThan(600);
  }
});

test("JSON's values become Python's", () => {
  expect(literal({ a: [null, false, 1.5, "x"] })).toBe('{"a": [None, False, 1.5, "x"]}');
});

test("a diff keeps what is the same and shows a changed line as removed and added", () => {
  expect(lineDiff("a\nb\nc", "a\nx\nc\nd").map(({ kind, text }) => `${kind[0]} ${text}`)).toEqual(["s a", "r b", "a x", "s c", "a d"]);
});

test("a diff with nothing common is all removed and all added", () => {
  expect(lineDiff("a", "b").map((line) => line.kind).sort()).toEqual(["added", "removed"]);
});
