/** Which items of the gallery an address asks for. */
export const KINDS = ["picture", "walk"] as const;
export type Kind = (typeof KINDS)[number];

export interface GallerySearch {
  kind?: Kind;
  sort?: "liked";
  model?: string;
  owner?: string;
  mine?: true;
}

const NAME = /^[^/]+\/[^/]+$/;

/** Read an address's query; what is not a filter of ours is left out. */
export function readGallerySearch(given: Record<string, unknown>): GallerySearch {
  const found: GallerySearch = {};
  const kind = KINDS.find((each) => each === given["kind"]);
  if (kind) found.kind = kind;
  if (given["sort"] === "liked") found.sort = "liked";
  if (typeof given["model"] === "string" && NAME.test(given["model"])) found.model = given["model"];
  if ((typeof given["owner"] === "string" || typeof given["owner"] === "number") && String(given["owner"]) !== "") found.owner = String(given["owner"]);
  if (given["mine"] === true || given["mine"] === "true") found.mine = true;
  return found;
}
