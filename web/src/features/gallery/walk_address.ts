/** Where the composer of walks begins with an item. */
import type { Item } from "./queries";

export function walkAddress({ id, kind, model }: Pick<Item, "id" | "kind" | "model">): string {
  const query = new URLSearchParams(kind === "picture" && model !== null ? { model, from: id } : { from: id });
  return `/walks/new?${query.toString().replace("%2F", "/")}`;
}
