/** How a model calls its inputs and their choices: in the visitor's language, where its manifest has them. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { fieldsOf, schemaOf } from "~/features/model/fields";
import { modelQuery } from "~/features/model/queries";
import { translationOf } from "~/outputs/translated";
import { modelOf } from "./model_of";
import type { Item } from "./queries";

export interface InputWords {
  titleOf: (name: string) => string;
  valueOf: (value: unknown) => string;
}

/** The API's own names, until the model is known or where the visitor may not know of it. */
export function useInputWords(item: Item): InputWords {
  const { i18n } = useTranslation();
  const path = modelOf(item);
  const model = useQuery({ ...modelQuery(path ?? { owner: "", name: "" }), enabled: path !== null && item.show_input }).data;
  const told = model && translationOf(model, i18n.language);
  const fields = model ? fieldsOf(schemaOf(model.latest_version?.openapi_schema, "Input"), told?.fields) : [];
  const titles = new Map(fields.map(({ name, title }) => [name, title]));
  return {
    titleOf: (name) => titles.get(name) ?? name,
    valueOf: (value) => (typeof value === "string" ? (told?.words[value] ?? value) : JSON.stringify(value)),
  };
}
