import { queryOptions } from "@tanstack/react-query";
import { api, ask } from "~/api/client";

export interface Reference {
  owner: string;
  name: string;
}

export const modelQuery = (path: Reference) =>
  queryOptions({
    queryKey: ["model", path.owner, path.name],
    queryFn: () => ask(api.GET("/v1/models/{owner}/{name}", { params: { path } })),
  });

export const examplesQuery = (path: Reference) =>
  queryOptions({
    queryKey: ["examples", path.owner, path.name],
    queryFn: async () => (await ask(api.GET("/v1/models/{owner}/{name}/examples", { params: { path } }))).results,
  });

export const versionsQuery = (path: Reference) =>
  queryOptions({
    queryKey: ["versions", path.owner, path.name],
    queryFn: async () => (await ask(api.GET("/v1/models/{owner}/{name}/versions", { params: { path } }))).results,
  });

export const versionQuery = (path: Reference, version: string) =>
  queryOptions({
    queryKey: ["version", path.owner, path.name, version],
    staleTime: Infinity, // a version never changes
    queryFn: () => ask(api.GET("/v1/models/{owner}/{name}/versions/{version}", { params: { path: { ...path, version } } })),
  });

export const verificationQuery = (path: Reference, digest: string) =>
  queryOptions({
    queryKey: ["verification", path.owner, path.name, digest],
    queryFn: () => ask(api.GET("/v1/models/{owner}/{name}/versions/{digest}/verification", { params: { path: { ...path, digest } } })),
  });

export const pricesQuery = (path: Reference) =>
  queryOptions({
    queryKey: ["prices", path.owner, path.name],
    queryFn: () => ask(api.GET("/v1/models/{owner}/{name}/prices", { params: { path } })),
  });

const SHOWN_RUNS = 12;

export const ownRunsQuery = ({ owner, name }: Reference) =>
  queryOptions({
    queryKey: ["predictions", `${owner}/${name}`],
    queryFn: async () =>
      (await ask(api.GET("/v1/predictions", { params: { query: { model: `${owner}/${name}`, limit: SHOWN_RUNS } } }))).results,
  });

export const predictionQuery = (prediction_id: string) =>
  queryOptions({
    queryKey: ["predictions", "one", prediction_id],
    queryFn: () => ask(api.GET("/v1/predictions/{prediction_id}", { params: { path: { prediction_id } } })),
  });

/** Models that take a picture, for "use as input". */
export const pictureTakersQuery = queryOptions({
  queryKey: ["models", "picture takers"],
  staleTime: 5 * 60_000,
  queryFn: async () => {
    const lists = (["image-to-image", "image-to-label"] as const).map((pipeline) =>
      ask(api.GET("/v1/models", { params: { query: { pipeline, sort: "popular", limit: 6 } } })),
    );
    return (await Promise.all(lists)).flatMap((list) => list.results);
  },
});
