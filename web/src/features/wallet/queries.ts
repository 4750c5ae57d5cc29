import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";
import { nextCursor } from "~/api/pages";
import { walletKey } from "~/layout/TopBar";
import type { WalletSearch } from "./search";

const STATEMENT_PAGE = 50;

/** The same answer as the balance in the bar above. */
export const walletQuery = queryOptions({
  queryKey: walletKey,
  queryFn: () => ask(api.GET("/v1/wallet")),
});

export const statementQuery = ({ kind }: WalletSearch) =>
  infiniteQueryOptions({
    queryKey: [...walletKey, "statement", kind ?? null],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { kind, cursor: pageParam, limit: STATEMENT_PAGE };
      const page = await ask(api.GET("/v1/wallet/statement", { params: { query }, signal }));
      if (typeof page === "string") throw new Error("the statement came as CSV"); // only asked for as a download
      return page;
    },
    getNextPageParam: nextCursor,
  });
