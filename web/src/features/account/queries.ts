import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/keys", { signal }))).results,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await ask(api.GET("/v1/sessions", { signal }))).results,
});
