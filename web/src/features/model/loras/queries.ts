import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import { nextCursor } from "~/api/pages";
import type { Reference } from "../queries";

const PAGE = 12;

/** LoRAs on a version of a model, the most used first: public ones, and the visitor's own. */
export const lorasQuery = (base: string, query: string) =>
  infiniteQueryOptions({
    queryKey: ["models", "on base", base, query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(api.GET("/v1/models", { params: { query: { base, query, sort: query ? "relevance" : "popular", cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
  });

/** What a run with these LoRAs costs the visitor, part by part. */
export const quoteQuery = ({ owner, name }: Reference, loras: readonly string[]) =>
  queryOptions({
    queryKey: ["model", owner, name, "quote", loras],
    queryFn: ({ signal }) => ask(api.GET("/v1/models/{owner}/{name}/quote", { params: { path: { owner, name }, query: { lora: [...loras] } }, signal })),
    placeholderData: (shown) => shown,
  });

export const receiptQuery = (prediction_id: string) =>
  queryOptions({
    queryKey: ["predictions", "receipt", prediction_id],
    staleTime: Infinity, // asked for when the run has ended
    queryFn: () => ask(api.GET("/v1/predictions/{prediction_id}/receipt", { params: { path: { prediction_id } } })),
  });
