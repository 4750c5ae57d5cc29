/** The cache of what the server said; a request that the server refused is not sent again by itself. */
import { QueryClient } from "@tanstack/react-query";
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
