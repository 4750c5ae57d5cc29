/** What a model's inputs and their choices are called: in the visitor's language where its manifest has them, else as its schema says. */
import type { Schemas } from "~/api/client";
import { translationOf, type Translation } from "~/outputs/translated";
import { fieldsOf, schemaOf } from "./fields";

export function inputWords(model: Pick<Schemas["ModelReply"], "latest_version" | "translations">, language: string): Partial<Translation> {
  const told = translationOf(model, language);
  const inputs = fieldsOf(schemaOf(model.latest_version?.openapi_schema, "Input"), told?.fields);
  return { ...told, fields: { ...told?.fields, ...Object.fromEntries(inputs.map(({ name, title, description }) => [name, { title, description }])) } };
}
