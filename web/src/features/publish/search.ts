/** What an address says of a publication, so that a reload or a closed tab goes on where it was. */
export interface PublishSearch {
  upload?: string;
  model?: string;
  version?: string;
}

const KEYS = ["upload", "model", "version"] as const;

export function readPublishSearch(given: Record<string, unknown>): PublishSearch {
  const found: PublishSearch = {};
  for (const key of KEYS) {
    const value = given[key];
    if (typeof value === "string" && value !== "") found[key] = value;
  }
  return found;
}
