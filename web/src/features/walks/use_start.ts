/** What the composer begins with: what its address says, what was left in it before, or nothing but the model used most. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { predictionQuery } from "~/features/model/queries";
import { useAccount } from "~/session/session";
import type { Given } from "./composition";
import { keptDraft } from "./draft";
import { galleryItemQuery, walkersQuery, walkQuery } from "./queries";
import type { ComposerSearch } from "./search";

export interface Start {
  /** owner/name; null: no model here can walk. */
  model: string | null;
  given: Given | null;
  /** Inputs of a run, for the first keyframe, and what it looked like. */
  like: Readonly<Record<string, unknown>> | null;
  picture: string | null;
}

type Found = { state: "pending" } | { state: "failed"; error: unknown; retry: () => void } | { state: "ready"; start: Start };

const NOTHING = { given: null, like: null, picture: null } as const;

export function useStart(search: ComposerSearch): Found {
  const account = useAccount();
  const [draft] = useState(() => (search.start ?? search.like ?? search.from ?? search.walk ?? search.run ? null : keptDraft(search.model)));
  const item = useQuery({ ...galleryItemQuery(search.from ?? ""), enabled: search.from !== undefined });
  const walk = useQuery({ ...walkQuery(search.walk ?? ""), enabled: search.walk !== undefined && Boolean(account) });
  const run = useQuery({ ...predictionQuery(search.run ?? ""), enabled: search.run !== undefined && Boolean(account) });
  const named = search.model ?? draft?.model;
  const asked = search.from !== undefined ? item : search.walk !== undefined && account !== null ? walk : search.run !== undefined && account !== null ? run : null;
  const walkers = useQuery({ ...walkersQuery, enabled: asked === null && named === undefined });
  const waits = asked ?? (named === undefined ? walkers : null);
  if (waits?.isError) return { state: "failed", error: waits.error, retry: () => void waits.refetch() };
  if (waits?.isPending) return { state: "pending" };
  return { state: "ready", start: found() };

  function found(): Start {
    if (search.from !== undefined && item.data) {
      const { model, walk: shown, input, media } = item.data;
      return { ...NOTHING, model, given: shown, like: shown === null ? (input ?? {}) : null, picture: shown === null ? media.thumbnail_url : null };
    }
    if (search.walk !== undefined && walk.data) return { ...NOTHING, model: walk.data.model, given: walk.data };
    if (search.run !== undefined && run.data) {
      return { ...NOTHING, model: run.data.model, like: run.data.input, picture: run.data.files[0]?.thumbnail_url ?? null };
    }
    const first = walkers.data?.[0];
    const model = named ?? (first ? `${first.owner}/${first.name}` : null);
    return { ...NOTHING, model, given: search.start ?? draft?.given ?? null, like: search.like ?? null };
  }
}
