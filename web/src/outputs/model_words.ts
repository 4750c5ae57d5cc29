/** How the page of a model reads its choices, labels and tags: in the visitor's language, where its manifest has them. */
import { createContext, useContext } from "react";
import type { Translation } from "./translated";

export const ModelTranslation = createContext<Partial<Translation> | undefined>(undefined);

/** How a choice, a label or a tag reads, and what an output is called. */
export function useModelWords() {
  const told = useContext(ModelTranslation);
  return {
    word: (value: string): string => told?.words?.[value] ?? value,
    titleOf: (name: string): string => told?.fields?.[name]?.title || name,
  };
}
