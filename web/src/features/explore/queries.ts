import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import { nextCursor } from "~/api/pages";
import type { ExploreSearch } from "./search";

const WALL_PAGE = 24;
const LIST_PAGE = 24;

export const wallQuery = ({ show: _, ...filters }: ExploreSearch) =>
  infiniteQueryOptions({
    queryKey: ["explore", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/explore", { params: { query: { ...filters, cursor: pageParam, limit: WALL_PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
  });

export const modelsQuery = ({ show: _, price, ...filters }: ExploreSearch) =>
  infiniteQueryOptions({
    queryKey: ["models", price, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/v1/models", {
          params: {
            query: {
              ...filters,
              ...(price === "free" ? { max_price: "0" } : {}),
              ...(price === "paid" ? { min_price: "0.000001" } : {}),
              cursor: pageParam,
              limit: LIST_PAGE,
            } as never, // prices and sorts are checked by the server
          },
          signal,
        }),
      ),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
  });

export const tagsQuery = queryOptions({
  queryKey: ["tags"],
  staleTime: 10 * 60_000,
  queryFn: () => ask(api.GET("/v1/tags")),
});
