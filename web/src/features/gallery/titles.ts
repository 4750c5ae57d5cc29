/** What an item is called: by its title, or by what it is and whose. */
import type { TFunction } from "i18next";
import type { Item } from "./queries";

export const titleOf = (item: Pick<Item, "title" | "kind" | "owner">, t: TFunction<"gallery">): string =>
  item.title || t(`untitled_${item.kind}`, { owner: item.owner });
