import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import { nextCursor } from "~/api/pages";
import type { LibrarySearch } from "./search";

const PAGE = 24;
const READ_FOR_MODELS = 100;

// under the key that a run's end makes old (features/model/use_run.ts)
export const predictionsKey = ["predictions"] as const;

export const libraryQuery = (search: LibrarySearch) =>
  infiniteQueryOptions({
    queryKey: [...predictionsKey, "library", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/predictions", { params: { query: { ...search, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
  });

/** The models of the newest runs, to filter by. */
export const usedModelsQuery = queryOptions({
  queryKey: [...predictionsKey, "models"],
  queryFn: async () => {
    const { results } = await ask(api.GET("/v1/predictions", { params: { query: { limit: READ_FOR_MODELS } } }));
    return [...new Set(results.map((prediction) => prediction.model))].sort();
  },
});

export const oneQuery = (prediction_id: string) =>
  queryOptions({
    queryKey: [...predictionsKey, "one", prediction_id],
    queryFn: () => ask(api.GET("/v1/predictions/{prediction_id}", { params: { path: { prediction_id } } })),
  });
