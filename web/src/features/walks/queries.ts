/** What the pages of walks ask the server. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask, idempotencyKey, send, type Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { nextCursor } from "~/api/pages";
import type { GalleryItem } from "~/api/pending";
import { withFilesSent } from "~/features/model/files";
import type { Format, Frame, WalkBody } from "./walk";
import { canWalk, WALKING } from "./walking";

const PAGE = 24;
const SHOWN_MODELS = 24;

export const walksKey = ["walks"] as const;

export const walksQuery = infiniteQueryOptions({
  queryKey: [...walksKey, "list"],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) => ask(api.GET("/v1/walks", { params: { query: { cursor: pageParam, limit: PAGE } }, signal })),
  getNextPageParam: nextCursor,
});

export const walkQuery = (walk_id: string) =>
  queryOptions({
    queryKey: [...walksKey, "one", walk_id],
    queryFn: ({ signal }) => ask(api.GET("/v1/walks/{walk_id}", { params: { path: { walk_id } }, signal })),
  });

export const framesQuery = (walk_id: string) =>
  queryOptions({
    queryKey: [...walksKey, "frames", walk_id],
    queryFn: async ({ signal }): Promise<readonly Frame[]> => {
      const { results } = await ask(api.GET("/v1/walks/{walk_id}/frames", { params: { path: { walk_id } }, signal }));
      return results.map(shownFrame);
    },
  });

/** A frame with addresses that this page can show. */
export const shownFrame = (frame: Frame): Frame => ({
  ...frame,
  url: shownAddress(frame.url),
  thumbnail_url: frame.thumbnail_url === null ? null : shownAddress(frame.thumbnail_url),
});

export const streamOf = (walk_id: string): string => `/v1/walks/${encodeURIComponent(walk_id)}/stream`;

export const cancelWalk = (walk_id: string) => ask(api.POST("/v1/walks/{walk_id}/cancel", { params: { path: { walk_id } } }));
export const deleteWalk = (walk_id: string) => ask(api.DELETE("/v1/walks/{walk_id}", { params: { path: { walk_id } } }));

/** The body with its pictures sent; a file that was sent already is not sent again. */
export async function withPictures(body: WalkBody): Promise<Schemas["NewWalk"]> {
  const [input, ...keyframes] = await Promise.all([body.input, ...body.keyframes].map(withFilesSent));
  return { ...body, keyframes, input: input ?? {} } as Schemas["NewWalk"];
}

export const quoteWalk = (body: Schemas["NewWalk"], signal: AbortSignal) => ask(api.POST("/v1/walks/quote", { body, signal }));
export const startWalk = (body: Schemas["NewWalk"], key = idempotencyKey()) =>
  ask(api.POST("/v1/walks", { params: { header: { "idempotency-key": key } }, body }));

export const makeFilm = (walk_id: string, format: Format, fps: number) =>
  ask(api.PUT("/v1/walks/{walk_id}/films/{format}", { params: { path: { walk_id, format }, query: { fps } } }));
export const filmOf = (walk_id: string, format: Format) =>
  ask(api.GET("/v1/walks/{walk_id}/films/{format}", { params: { path: { walk_id, format } } }));

export const showInGallery = (walk: string, title: string, show_input: boolean) =>
  send<GalleryItem>("/v1/gallery/items", {
    method: "POST", body: JSON.stringify({ walk, title, show_input }), headers: { "Content-Type": "application/json" },
  });
export const galleryItemQuery = (id: string) =>
  queryOptions({ queryKey: ["gallery", "item", id], queryFn: () => send<GalleryItem>(`/v1/gallery/items/${encodeURIComponent(id)}`, {}) });

/** Models that can walk, the most used of each kind. */
export const walkersQuery = queryOptions({
  queryKey: ["models", "walkers"],
  staleTime: 5 * 60_000,
  queryFn: async () => {
    const lists = WALKING.map((pipeline) => ask(api.GET("/v1/models", { params: { query: { pipeline, sort: "popular", limit: SHOWN_MODELS } } })));
    return (await Promise.all(lists)).flatMap((list) => list.results).filter(canWalk);
  },
});
