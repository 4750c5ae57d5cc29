/** Which of the models in the library walk: a picture of theirs can be the beginning of one. */
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { modelQuery } from "~/features/model/queries";
import { canWalk } from "~/features/walks/walking";
import { modelOf } from "./search";

const WHILE_MS = 5 * 60_000;

export function useWalkers(predictions: readonly { model: string }[]): ReadonlySet<string> {
  const models = useMemo(() => [...new Set(predictions.map(({ model }) => model))], [predictions]);
  return useQueries({
    queries: models.map((model) => ({ ...modelQuery(modelOf({ model })), staleTime: WHILE_MS, retry: false })),
    combine: (answers) => new Set(models.filter((_, place) => { const model = answers[place]?.data; return model !== undefined && canWalk(model); })),
  });
}
