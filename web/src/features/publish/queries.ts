import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Schemas } from "~/api/client";

export type Upload = Schemas["UploadReply"];
export type Inspection = Schemas["InspectionReply"];
export type ManifestProblem = Schemas["ProblemReply"];

export const uploadsQuery = queryOptions({
  queryKey: ["uploads"],
  staleTime: 0,
  queryFn: async () => (await ask(api.GET("/v1/uploads"))).results,
});

export const inspectionQuery = (upload_id: string) =>
  queryOptions({
    queryKey: ["uploads", upload_id, "inspection"],
    staleTime: Infinity, // an upload never changes once it is complete
    queryFn: async () => {
      const path = { upload_id };
      const [upload, inspection] = await Promise.all([
        ask(api.GET("/v1/uploads/{upload_id}", { params: { path } })),
        ask(api.POST("/v1/uploads/{upload_id}/inspect", { params: { path } })),
      ]);
      return { upload, inspection };
    },
  });

export const checkQuery = (yaml: string) =>
  queryOptions({
    queryKey: ["manifest check", yaml],
    staleTime: Infinity,
    queryFn: ({ signal }): Promise<Schemas["ManifestCheckReply"]> => ask(api.POST("/v1/manifests/check", { body: { yaml }, signal })),
    placeholderData: (shown) => shown,
  });

const POLL_MS = 800;
const MOVING = new Set<Schemas["VersionStatus"]>(["uploaded", "verifying"]);
export const isMoving = (status: Schemas["VersionStatus"]): boolean => MOVING.has(status);

export const reportQuery = (owner: string, name: string, digest: string) =>
  queryOptions({
    queryKey: ["verification", owner, name, digest],
    staleTime: 0,
    queryFn: () => ask(api.GET("/v1/models/{owner}/{name}/versions/{digest}/verification", { params: { path: { owner, name, digest } } })),
    refetchInterval: ({ state }) => (state.data === undefined || isMoving(state.data.status) ? POLL_MS : false),
  });
