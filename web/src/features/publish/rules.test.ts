import { expect, test } from "vitest";
import { licenceIn, lineRange, MAX_BYTES, modelName, priceOf, uploadFault, withLicence } from "./rules";

test("a file of another type, an empty and a too large one are refused before the upload", () => {
  expect(uploadFault({ name: "model.pt", size: 10 })).toBe("faultType");
  expect(uploadFault({ name: "model.onnx", size: 0 })).toBe("faultEmpty");
  expect(uploadFault({ name: "model.zip", size: MAX_BYTES + 1 })).toBe("faultSize");
  expect(uploadFault({ name: "Model.ONNX", size: MAX_BYTES })).toBeNull();
});

test("a file's name becomes a model's name", () => {
  expect(modelName("My Painter_v2.onnx")).toBe("my-painter-v2");
});

test("choosing a licence changes that line of the manifest alone", () => {
  const yaml = "name: a\nlicense: ''\ngraphs: {}\n";
  expect(licenceIn(yaml)).toBe("");
  expect(withLicence(yaml, "MIT")).toBe("name: a\nlicense: MIT\ngraphs: {}\n");
  expect(licenceIn(withLicence("name: a", "CC0-1.0"))).toBe("CC0-1.0");
});

test("a price is read with a point or a comma", () => {
  expect(priceOf("0,01")).toBe("0.01");
  expect(priceOf("-1")).toBeNull();
  expect(priceOf("0.0000001")).toBeNull();
});

test("a line is found in the text", () => {
  expect(lineRange("ab\ncd\nef", 2)).toEqual([3, 5]);
});
