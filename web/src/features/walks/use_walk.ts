/** One walk as it is rendered: what the server has of it, and then every frame as it lands. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { walletKey } from "~/layout/TopBar";
import type { Frame, Walk } from "./walk";
import { withFrames } from "./frames";
import { framesQuery, shownFrame, streamOf, walkQuery, walksKey } from "./queries";

const FLUSH_MS = 120; // frames that land together are drawn together
const AGAIN_MS = 3000;
const KEPT_ARRIVALS = 64;

export const isFinal = ({ status }: Pick<Walk, "status">): boolean => status !== "starting" && status !== "processing";

export function useWalk(id: string) {
  const cache = useQueryClient();
  const walk = useQuery(walkQuery(id));
  const frames = useQuery(framesQuery(id));
  const [arrivals_s, setArrivals] = useState<readonly number[]>([]);
  const [attempt, setAttempt] = useState(0);
  const isLive = walk.data !== undefined && !isFinal(walk.data) && frames.data !== undefined;
  useEffect(() => {
    if (!isLive) return;
    const key = framesQuery(id).queryKey;
    let came: Frame[] = [];
    let again: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      if (came.length === 0) return;
      const before = cache.getQueryData(key) ?? [];
      const known = new Set(before.map(({ place }) => place));
      const fresh = new Set(came.map(({ place }) => place).filter((place) => !known.has(place))).size;
      cache.setQueryData(key, withFrames(before, came));
      came = [];
      if (fresh > 0) setArrivals((all) => [...all, ...Array<number>(fresh).fill(performance.now() / 1000)].slice(-KEPT_ARRIVALS));
    };
    const flushing = setInterval(flush, FLUSH_MS);
    const settle = async () => {
      flush();
      await Promise.all([walksKey, walletKey].map((queryKey) => cache.invalidateQueries({ queryKey })));
    };
    const source = new EventSource(streamOf(id));
    source.addEventListener("walk", (event: MessageEvent<string>) => cache.setQueryData(walkQuery(id).queryKey, JSON.parse(event.data) as Walk));
    source.addEventListener("frame", (event: MessageEvent<string>) => came.push(shownFrame(JSON.parse(event.data) as Frame)));
    source.addEventListener("done", () => {
      source.close();
      void settle();
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // it connects again by itself
      void settle();
      again = setTimeout(() => setAttempt((now) => now + 1), AGAIN_MS);
    });
    return () => {
      source.close();
      clearInterval(flushing);
      clearTimeout(again);
      flush();
    };
  }, [id, isLive, attempt, cache]);
  return { walk, frames, arrivals_s };
}
