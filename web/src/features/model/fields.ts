/** A model's input schema as the form's fields, in the manifest's order. */

interface Shared {
  name: string;
  title: string;
  description: string;
  required: boolean;
}
export type Field = Shared &
  (
    | { kind: "text"; maxLength: number | undefined; initial: string | undefined }
    | { kind: "integer" | "number"; minimum: number | undefined; maximum: number | undefined; initial: number | undefined }
    | { kind: "boolean"; initial: boolean }
    | { kind: "choice"; choices: string[]; initial: string | undefined }
    | { kind: "seed"; maximum: number; drawn: boolean }
    | { kind: "image" | "audio" | "file" }
    | { kind: "numbers"; shape: (number | string | null)[] }
  );
export type Kind = Field["kind"];

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const number = (value: unknown) => (typeof value === "number" ? value : undefined);
const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** The part of a version's OpenAPI document that is named; an empty object where it has none. */
export function schemaOf(openapi: unknown, name: "Input" | "Output"): Json {
  const found = [openapi, "components", "schemas", name].reduce<unknown>(
    (inside, key) => (typeof key === "string" && isObject(inside) ? inside[key] : inside),
    openapi,
  );
  return isObject(found) ? found : {};
}

type Told = Readonly<Record<string, { title?: string; description?: string }>>;

/** told: what the fields are called and said to be in another language, by name. */
export function fieldsOf(schema: Json, told: Told = {}): Field[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(properties)
    .filter((entry): entry is [string, Json] => isObject(entry[1]))
    .sort(([, one], [, other]) => (number(one["x-order"]) ?? 0) - (number(other["x-order"]) ?? 0))
    .map(([name, property]) => ({
      name,
      title: told[name]?.title || (text(property["title"]) ?? name),
      description: told[name]?.description || (text(property["description"]) ?? ""),
      required: required.includes(name),
      ...kindOf(property),
    })) as Field[];
}

function kindOf(property: Json): object {
  const kind = text(property["x-type"]) ?? text(property["type"]) ?? "";
  const [minimum, maximum] = [number(property["minimum"]), number(property["maximum"])];
  if (kind === "choice" || Array.isArray(property["enum"])) {
    return { kind: "choice", choices: (property["enum"] as unknown[] | undefined)?.map(String) ?? [], initial: text(property["default"]) };
  }
  if (kind === "seed") return { kind, maximum: maximum ?? 2 ** 32 - 1, drawn: property["x-drawn"] === true };
  if (kind === "integer" || kind === "number") return { kind, minimum, maximum, initial: number(property["default"]) };
  if (kind === "boolean") return { kind, initial: property["default"] === true };
  if (kind === "image" || kind === "audio") return { kind };
  if (kind === "file" || property["format"] === "uri") return { kind: "file" };
  if (kind === "tensor" || kind === "latent" || kind === "array") return { kind: "numbers", shape: property["x-shape"] ?? [] };
  return { kind: "text", maxLength: number(property["maxLength"]), initial: text(property["default"]) };
}

/** What a field may hold while it is edited; a `File` is sent when the model is run. */
export type Value = string | number | boolean | File | undefined;
export type Values = Readonly<Record<string, Value>>;

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, "initial" in field ? field.initial : undefined]));
}

/** Fill a form with inputs that were used before; what the schema does not know is left out. */
export function valuesFrom(fields: readonly Field[], input: Readonly<Record<string, unknown>>): Values {
  const given = fields.flatMap((field): [string, Value][] => {
    const value = input[field.name];
    if (value === undefined || value === null) return [];
    if (field.kind === "numbers") return [[field.name, typeof value === "string" ? value : JSON.stringify(value)]];
    return ["string", "number", "boolean"].includes(typeof value) ? [[field.name, value as Value]] : [];
  });
  return { ...initialValues(fields), ...Object.fromEntries(given) };
}

/** The inputs as the API takes them; files stay `File`s, fields left empty are left out. */
export function inputOf(fields: readonly Field[], values: Values): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name];
    if (value === undefined || value === "") continue;
    input[field.name] = field.kind === "numbers" && typeof value === "string" && !isAddress(value) ? parsed(value) : value;
  }
  return input;
}

/** What of a form's inputs an address can carry. */
export const withoutFiles = (input: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => !(value instanceof File)));

const isAddress = (value: string) => /^(https?:|data:|\/)/.test(value);

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value; // the server says what is wrong with it, at this field
  }
}

export const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

/** Why a file is refused before it is sent; null if it is not. */
export function fileFault(kind: "image" | "audio" | "file", file: { type: string; size: number }): "wrongType" | "tooLarge" | "emptyFile" | null {
  if (kind !== "file" && !file.type.startsWith(`${kind}/`)) return "wrongType";
  if (file.size === 0) return "emptyFile";
  return file.size > MAX_PICTURE_BYTES ? "tooLarge" : null;
}

/** The names of required fields that are still empty. */
export function missing(fields: readonly Field[], values: Values): string[] {
  return fields
    .filter((field) => field.required && field.kind !== "seed" && (values[field.name] === undefined || values[field.name] === ""))
    .map((field) => field.name);
}
