import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import { nextCursor } from "~/api/pages";

const PAGE = 50;

export const ownModelsQuery = infiniteQueryOptions({
  queryKey: ["creator", "models"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => ask(api.GET("/v1/creator/models", { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  getNextPageParam: nextCursor,
});

export const statsQuery = (name: string, days: number) =>
  queryOptions({
    queryKey: ["creator", "stats", name, days],
    queryFn: () => ask(api.GET("/v1/creator/models/{name}/stats", { params: { path: { name }, query: { days } } })),
  });
