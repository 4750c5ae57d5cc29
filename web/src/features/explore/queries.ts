import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import type { paths } from "~/api/schema";
import { nextCursor } from "~/api/pages";
import type { ExploreSearch } from "./search";

type WallFilters = NonNullable<paths["/v1/explore"]["get"]["parameters"]["query"]>;

const WALL_PAGE = 24;
const LIST_PAGE = 24;

/** What both lists understand; an address may hold words that are no pipeline, which the server then refuses by name. */
function filtersOf({ query, pipeline, license, tag, owner, sort }: ExploreSearch): WallFilters {
  return { query, pipeline: pipeline as WallFilters["pipeline"], license, tag, owner, sort };
}

export const wallQuery = (search: ExploreSearch) =>
  infiniteQueryOptions({
    queryKey: ["explore", { ...search, show: undefined }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/explore", { params: { query: { ...filtersOf(search), price: search.price, cursor: pageParam, limit: WALL_PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
  });

export const modelsQuery = (search: ExploreSearch) =>
  infiniteQueryOptions({
    queryKey: ["models", search],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(
        api.GET("/v1/models", {
          params: {
            query: {
              ...filtersOf(search),
              ...(search.price === "free" ? { max_price: "0" } : {}),
              ...(search.price === "paid" ? { min_price: "0.000001" } : {}),
              cursor: pageParam,
              limit: LIST_PAGE,
            },
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
