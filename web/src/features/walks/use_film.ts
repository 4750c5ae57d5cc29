/** One film of a walk, written on the server: asked for, waited for, there. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "~/api/problem";
import { say } from "~/states/notice";
import type { Film, Format } from "./walk";
import { filmOf, makeFilm, walksKey } from "./queries";

const WATCH_MS = 700;

export function useFilm(id: string, format: Format) {
  const cache = useQueryClient();
  const queryKey = [...walksKey, "film", id, format];
  const film = useQuery({
    queryKey,
    queryFn: async (): Promise<Film | null> => {
      try {
        return await filmOf(id, format);
      } catch (error) {
        if (asProblem(error).status === 404) return null; // nobody has asked for it yet
        throw error;
      }
    },
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.status === "processing" ? WATCH_MS : false),
  });
  const make = useMutation({
    mutationFn: (fps: number) => makeFilm(id, format, fps),
    onSuccess: (made) => cache.setQueryData(queryKey, made),
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
  return { film, make };
}
