/** What a model's manifest says in the visitor's language; names and values of the API stay as they are. */
import type { Schemas } from "~/api/client";

export type Translation = Schemas["Translation"];
type Told = Pick<Schemas["ModelReply"], "description" | "readme" | "translations">;

/** The texts of one language; "pt" is found for "pt-BR". */
export const translationOf = ({ translations }: Pick<Told, "translations">, language: string): Translation | undefined =>
  translations[language] ?? translations[language.split("-")[0] ?? language];

export const summaryOf = (model: Pick<Told, "description" | "translations">, language: string): string =>
  translationOf(model, language)?.summary || model.description;

export const readmeOf = (model: Told, language: string): string => translationOf(model, language)?.description || model.readme;
