import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "~/api/client";
import { nextCursor } from "~/api/pages";

const PAGE = 20;
const WATCH_MS = 15_000;

export type ReportState = "open" | "closed";

export const overviewQuery = queryOptions({
  queryKey: ["operator", "overview"],
  refetchInterval: WATCH_MS,
  queryFn: ({ signal }) => ask(api.GET("/v1/operator/overview", { signal })),
});

export const waitingQuery = queryOptions({
  queryKey: ["operator", "waiting"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/verification/waiting", { signal }))).results,
});

export const troubledQuery = (status: Schemas["TroubledStatus"]) =>
  infiniteQueryOptions({
    queryKey: ["operator", "troubled", status],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/operator/verifications", { params: { query: { status, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
  });

export const reportsQuery = (state: ReportState) =>
  infiniteQueryOptions({
    queryKey: ["operator", "reports", state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/operator/reports", { params: { query: { state, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
  });

export const hiddenItemsQuery = infiniteQueryOptions({
  queryKey: ["operator", "hidden items"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => ask(api.GET("/v1/operator/gallery/items/hidden", { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  getNextPageParam: nextCursor,
});

export const usersQuery = (query: string) =>
  infiniteQueryOptions({
    queryKey: ["operator", "users", query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => ask(api.GET("/v1/users", { params: { query: { query, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: keepPreviousData,
  });
