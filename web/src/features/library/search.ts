/** Which predictions an address asks for. */
import type { Schemas } from "~/api/client";

type Status = Schemas["Status"];

export const STATUSES = ["succeeded", "processing", "starting", "failed", "canceled", "aborted"] as const satisfies readonly Status[];

export interface LibrarySearch {
  status?: Status;
  model?: string;
}

/** Read an address's query; what is not a filter of ours is left out. */
export function readLibrarySearch(given: Record<string, unknown>): LibrarySearch {
  const found: LibrarySearch = {};
  const status = STATUSES.find((each) => each === given["status"]);
  if (status) found.status = status;
  if (typeof given["model"] === "string" && given["model"] !== "") found.model = given["model"];
  return found;
}

const RUNNING: readonly Status[] = ["starting", "processing"];
export const isRunning = ({ status }: { status: Status }): boolean => RUNNING.includes(status);

/** A prediction's model as the router's parameters. */
export function modelOf(prediction: { model: string }): { owner: string; name: string } {
  const [owner = "", name = ""] = prediction.model.split("/");
  return { owner, name };
}
