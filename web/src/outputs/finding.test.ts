import { expect, test } from "vitest";
import type { Schemas } from "~/api/client";
import korean from "~/words/findings.ko.json";
import { readFinding } from "./finding";

const finding: Schemas["FindingBody"] = {
  check: "operators",
  verdict: "failed",
  code: "operators_refused",
  facts: { count: 1 },
  reason: "m.onnx: the operator 'Evil' is not allowed.",
  what_to_do: "Export with plain operators.",
  details: [{ code: "operator_refused", text: "m.onnx: …", facts: { path: "m.onnx", operator: "Evil" } }],
  measured: {},
};
const words: Readonly<Record<string, string>> = korean;
const lookUp = (keys: readonly string[], values: Readonly<Record<string, string>>) => {
  const found = keys.find((key) => key in words);
  return found === undefined ? "" : (words[found] ?? "").replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? "?");
};

test("a finding is said by its codes, with the facts and how to mend it", () => {
  const said = readFinding(finding, lookUp);
  expect(said.reason).toContain("1가지");
  expect(said.details).toEqual(["m.onnx: 연산자 Evil은(는) 허용되지 않습니다."]);
  expect(said.advice).toBe(words["advice_operators"]);
});

test("without words the server's own sentence stands, and says everything once", () => {
  const asSent = { reason: finding.reason, details: [], advice: finding.what_to_do };
  expect(readFinding(finding, () => "")).toEqual(asSent);
  expect(readFinding({ ...finding, code: "" }, lookUp)).toEqual(asSent);
});

test("of a code that this page does not know yet the server's words are shown", () => {
  const newer = { ...finding, details: [{ code: "a_new_one", text: "something new", facts: {} }] };
  expect(readFinding(newer, lookUp).details).toEqual(["something new"]);
});
