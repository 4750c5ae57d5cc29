/** The first rows of the wall, as `PictureWall` and `Tile` draw them. */
import type { Schemas } from "~/api/client";
import { pictureOf, ratioOf } from "~/features/explore/picture";
import css from "~/features/explore/Wall.module.css";
import { element } from "./element";
import { filtersPlace } from "./filters_place";

const AT_ONCE = 6;

export const drawWall = (items: readonly Schemas["ItemReply"][]): Node[] => [filtersPlace(), element("ul", { class: css.wall }, ...items.map(tile))];

function tile(item: Schemas["ItemReply"], place: number): Node {
  const { owner, name } = item.model;
  const picture = pictureOf(item.output);
  const shown = picture
    ? element("img", { ...picture, class: css.picture, alt: name, loading: place < AT_ONCE ? "eager" : "lazy", fetchpriority: place < AT_ONCE ? "high" : "auto" })
    : element("div", { class: css.picture });
  const caption = element("span", { class: css.caption }, element("span", { class: css.name }, name));
  const link = element("a", { class: css.link, href: `/${owner}/${name}?example=${item.id}` }, shown, caption);
  return element("li", { class: css.tile, "--ratio": ratioOf(item) }, link);
}
