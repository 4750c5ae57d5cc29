/** Who is logged in, for every page. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask, csrfToken, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";

export type Account = Schemas["AccountReply"];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 5 * 60_000,
  queryFn: async (): Promise<Account | null> => {
    if (csrfToken() === null) return null; // no cookie, no session: nothing to ask
    try {
      return (await ask(api.GET("/v1/sessions/current"))).account;
    } catch (error) {
      if (asProblem(error).status === 401) return null;
      throw error;
    }
  },
});

/** The account that is logged in; null: nobody; undefined: not known yet. */
export const useAccount = (): Account | null | undefined => useQuery(sessionQuery).data;

export function useSessionActions() {
  const cache = useQueryClient();
  return {
    logIn: async (email: string, password: string) => {
      const { account } = await ask(api.POST("/v1/sessions", { body: { email, password } }));
      await cache.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      cache.setQueryData(sessionQuery.queryKey, account);
      return account;
    },
    register: (email: string, password: string, handle: string) =>
      ask(api.POST("/v1/users", { body: { email, password, handle } })),
    logOut: async () => {
      await ask(api.DELETE("/v1/sessions/current"));
      cache.clear();
      cache.setQueryData(sessionQuery.queryKey, null);
    },
    deleteAccount: async (password: string) => {
      await ask(api.DELETE("/v1/account", { body: { password } }));
      cache.setQueryData(sessionQuery.queryKey, null);
      cache.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
  };
}
