/** Which lines of the statement an address asks for, and where a line leads. */
import type { Schemas } from "~/api/client";

export const KINDS = ["run", "top_up", "promotion"] as const satisfies readonly Schemas["EntryKind"][];

export interface WalletSearch {
  kind?: Schemas["EntryKind"];
}

/** Read an address's query; a kind that there is not is left out. */
export function readWalletSearch(given: Record<string, unknown>): WalletSearch {
  const kind = KINDS.find((each) => each === given["kind"]);
  return kind ? { kind } : {};
}

/** The model that a run's line is for; null where the line says something else. */
export function modelOf(entry: Pick<Schemas["EntryReply"], "kind" | "memo">): { owner: string; name: string } | null {
  const [owner, name, ...more] = entry.memo.split("/");
  return entry.kind === "run" && owner && name && more.length === 0 ? { owner, name } : null;
}
