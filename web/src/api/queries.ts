/** The cache of what the server said; a request that the server refused is not sent again by itself. */
import { QueryClient, type QueryKey } from "@tanstack/react-query";
import { asProblem } from "./problem";

const MAX_TRIES = 3;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) => {
        const { status } = asProblem(error);
        return failures < MAX_TRIES && (status === 0 || status === 502 || status === 503);
      },
      refetchOnWindowFocus: false,
    },
    mutations: { networkMode: "always" },
  },
});

/**
 * Ask again for what a change of ours has changed. A first answer that is still on its way was given before the change and would be
 * taken for that of after it (a list that is shown while it is filtered can be acted on in that time): it is thrown away.
 */
export async function askAnew(cache: QueryClient, queryKey: QueryKey): Promise<void> {
  await cache.cancelQueries({ queryKey, predicate: ({ state }) => state.data === undefined });
  await cache.invalidateQueries({ queryKey });
}
