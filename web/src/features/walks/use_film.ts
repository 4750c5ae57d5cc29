/** One film of a walk, written on the server: asked for, waited for, there. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "~/api/problem";
import { say } from "~/states/notice";
import type { Film, Format } from "./walk";
import { filmOf, makeFilm, walksKey } from "./queries";

const WATCH_MS = 700;

/** Nothing is known of a film until it is asked for; one that was made before is then there at once. */
export function useFilm(id: string, format: Format) {
  const cache = useQueryClient();
  const queryKey = [...walksKey, "film", id, format];
  const film = useQuery({
    queryKey,
    queryFn: () => filmOf(id, format),
    enabled: (query) => query.state.data !== undefined,
    staleTime: Infinity,
    refetchInterval: (query) => (query.state.data?.status === "processing" ? WATCH_MS : false),
  }).data;
  const make = useMutation({
    mutationFn: (fps: number) => makeFilm(id, format, fps),
    onSuccess: (made: Film) => cache.setQueryData(queryKey, made),
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
  return { film: film ?? null, make };
}
