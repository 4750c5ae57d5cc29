import { expect, test } from "vitest";
import { changed, fieldsOf, fileFault, inputOf, MAX_PICTURE_BYTES, missing, schemaOf, valuesFrom } from "./fields";

const SCHEMA = {
  type: "object",
  properties: {
    blend: { title: "Blend", "x-order": 2, "x-type": "number", type: "number", minimum: 0, maximum: 1, default: 0 },
    prompt: { title: "Prompt", "x-order": 0, "x-type": "text", type: "string", maxLength: 9 },
    seed: { title: "Seed", "x-order": 1, "x-type": "seed", "x-drawn": true, type: "integer", minimum: 0, maximum: 4294967295 },
    style: { title: "Style", "x-order": 3, "x-type": "choice", type: "string", enum: ["oil", "ink"], default: "oil" },
    points: { title: "Points", "x-order": 4, "x-type": "tensor", anyOf: [], "x-shape": [1, null] },
    photo: { title: "Photo", "x-order": 5, "x-type": "image", type: "string", format: "uri" },
  },
  required: ["prompt", "photo"],
};
const FIELDS = fieldsOf(SCHEMA);

test("fields stand in the manifest's order, each of its kind", () => {
  expect(FIELDS.map((field) => [field.name, field.kind])).toEqual([
    ["prompt", "text"], ["seed", "seed"], ["blend", "number"], ["style", "choice"], ["points", "numbers"], ["photo", "image"],
  ]);
});

test("a schema is found in a version's OpenAPI document, and its lack is no error", () => {
  expect(schemaOf({ components: { schemas: { Input: SCHEMA } } }, "Input")).toBe(SCHEMA);
  expect(schemaOf(undefined, "Input")).toEqual({});
  expect(fieldsOf({})).toEqual([]);
});

test("earlier inputs fill the form; what the schema does not know is left out", () => {
  const values = valuesFrom(FIELDS, { prompt: "a hill", seed: 7, gone: 1, points: [[1, 2]], style: null });
  expect(values).toMatchObject({ prompt: "a hill", seed: 7, blend: 0, style: "oil", points: "[[1,2]]" });
  expect(values).not.toHaveProperty("gone");
});

test("empty fields are not sent, numbers are sent as numbers", () => {
  const values = { prompt: "", seed: undefined, blend: 0, style: "ink", points: "[[1, 2]]" };
  expect(inputOf(FIELDS, values)).toEqual({ blend: 0, style: "ink", points: [[1, 2]] });
});

test("numbers that cannot be read are sent as they are, so that the server names the field", () => {
  expect(inputOf(FIELDS, { points: "[1," })).toEqual({ points: "[1," });
});

test("required fields that are empty are named", () => {
  expect(missing(FIELDS, { prompt: "a", photo: undefined })).toEqual(["photo"]);
});

test("files of another kind, empty ones and huge ones are refused", () => {
  expect(fileFault("image", { type: "text/plain", size: 3 })).toBe("wrongType");
  expect(fileFault("image", { type: "image/png", size: 0 })).toBe("emptyFile");
  expect(fileFault("image", { type: "image/png", size: MAX_PICTURE_BYTES + 1 })).toBe("tooLarge");
  expect(fileFault("file", { type: "", size: 3 })).toBeNull();
});

test("a mask is painted on the picture beside it, and goes with it", () => {
  const picture = { "x-type": "image", type: "string", format: "uri" };
  const fields = fieldsOf({ properties: { image: { ...picture, "x-order": 0 }, mask: { ...picture, "x-order": 1 } } });
  expect(fields).toMatchObject([{ kind: "image" }, { kind: "mask", of: "image" }]);
  expect(changed(fields, { image: "/a.png", mask: "/m.png" }, "image", "/b.png")).toEqual({ image: "/b.png", mask: undefined });
  expect(fieldsOf({ properties: { mask: picture } })).toMatchObject([{ kind: "image" }]);
});
