import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "~/api/client";
import { nextCursor } from "~/api/pages";
import type { GallerySearch } from "./search";

export type Item = Schemas["GalleryItemReply"];

const PAGE = 24;
const LINKS_WORK_MS = 40 * 60_000; // a little shorter than they do

/** Everything of the gallery hangs on this. */
export const galleryKey = ["gallery"] as const;

/** viewer: who looks; what they like and what is theirs comes with the list. */
export const galleryQuery = (search: GallerySearch, viewer: string | null) =>
  infiniteQueryOptions({
    queryKey: [...galleryKey, "list", search, viewer],
    initialPageParam: undefined as string | undefined,
    // the keys in the order in which the server writes the first question (page_answers.py)
    queryFn: ({ pageParam, signal }) => ask(api.GET("/v1/gallery/items", { params: { query: { ...search, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: nextCursor,
    placeholderData: (shown) => shown,
    refetchOnWindowFocus: (query) => Date.now() - query.state.dataUpdatedAt > LINKS_WORK_MS,
  });

export const itemQuery = (item_id: string, viewer: string | null) =>
  queryOptions({
    queryKey: [...galleryKey, "item", item_id, viewer],
    queryFn: ({ signal }) => ask(api.GET("/v1/gallery/items/{item_id}", { params: { path: { item_id } }, signal })),
    refetchOnWindowFocus: (query) => Date.now() - query.state.dataUpdatedAt > LINKS_WORK_MS,
  });

const STRIP = 12;

/** What people made with one model. */
export const ofModelQuery = (model: string) =>
  queryOptions({
    queryKey: [...galleryKey, "of model", model],
    queryFn: async ({ signal }) => (await ask(api.GET("/v1/gallery/items", { params: { query: { model, sort: "liked", limit: STRIP } }, signal }))).results,
  });

/** The items that show one of the visitor's own predictions or walks. */
export const ofSourceQuery = (source: { prediction: string } | { walk: string }) =>
  queryOptions({
    queryKey: [...galleryKey, "of source", source],
    staleTime: 0,
    queryFn: async ({ signal }) => (await ask(api.GET("/v1/gallery/items", { params: { query: source }, signal }))).results,
  });

/** So many frames of a walk, evenly chosen, in the order of its path. */
export const framesQuery = (item_id: string, count: number) =>
  queryOptions({
    queryKey: [...galleryKey, "frames", item_id, count],
    staleTime: LINKS_WORK_MS,
    queryFn: ({ signal }) => ask(api.GET("/v1/gallery/items/{item_id}/frames", { params: { path: { item_id }, query: { count } }, signal })),
  });
