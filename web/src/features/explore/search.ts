/** The filters of the wall as they stand in the address, so that a link or "back" brings them again. */
export const SORTS = ["popular", "new", "price"] as const;
export type Sort = (typeof SORTS)[number];

export interface ExploreSearch {
  query?: string;
  pipeline?: string;
  license?: string;
  price?: "free" | "paid";
  tag?: string;
  owner?: string;
  sort?: Sort;
  show?: "models";
}

/** Read an address's query; what is not a filter of ours is left out. */
export function readExploreSearch(given: Record<string, unknown>): ExploreSearch {
  const found: ExploreSearch = {};
  for (const key of ["query", "pipeline", "license", "tag", "owner"] as const) {
    const value = given[key];
    if ((typeof value === "string" || typeof value === "number") && String(value) !== "") found[key] = String(value);
  }
  if (given["price"] === "free" || given["price"] === "paid") found.price = given["price"];
  const sort = SORTS.find((each) => each === given["sort"]);
  if (sort) found.sort = sort;
  if (given["show"] === "models") found.show = "models";
  return found;
}
