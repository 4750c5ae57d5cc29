/** The first rows of the gallery and the picture of one item, as `GalleryPage` and `ItemStage` draw them. */
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import wall from "~/features/explore/Wall.module.css";
import page from "~/features/gallery/GalleryPage.module.css";
import card from "~/features/gallery/GalleryTile.module.css";
import one from "~/features/gallery/ItemPage.module.css";
import { ratioOf, tileOf, wholeRatioOf } from "~/features/gallery/picture";
import { element, placeOfWords } from "./element";

type Item = Schemas["GalleryItemReply"];

const AT_ONCE = 6;
/** Letters of the page's title, which only the app can write. */
const TITLE = 14;

export const drawGallery = (items: readonly Item[]): Node[] => [
  element("article", { class: page.page },
    element("header", { class: page.head },
      element("h1", { class: page.title }, placeOfWords(TITLE)),
      element("div", { class: page.filters })),
    element("ul", { class: wall.wall }, ...items.map(tile))),
];

function tile(item: Item, place: number): Node {
  const isFirst = place < AT_ONCE;
  const loading = { loading: isFirst ? "eager" : "lazy", fetchpriority: isFirst ? "high" : "auto" };
  const picture = element("img", { ...tileOf(item.media), ...loading, class: wall.picture, alt: item.title });
  const caption = element("span", { class: card.caption },
    element("bdi", { class: wall.name }, item.title || "\u2007"),
    element("span", { class: card.line }, element("span", { class: card.owner }, item.owner)));
  const link = element("a", { class: wall.link, href: `/gallery/${item.id}` }, element("span", { class: card.place }, picture), caption);
  return element("li", { class: `${wall.tile} ${card.tile}`, "--ratio": ratioOf(item) }, link);
}

export function drawItem({ kind, title, media }: Item): Node[] {
  const picture = element("img", { class: one.picture, src: shownAddress(media.url), alt: title, width: media.width_px ?? undefined, height: media.height_px ?? undefined });
  const stage = kind === "walk" ? element("div", { class: one.film }, picture) : picture;
  return [
    element("article", { class: one.page },
      element("div", { class: one.frame, "--ratio": wholeRatioOf(media) }, stage),
      element("section", { class: one.side }, element("h1", { class: one.title }, title))),
  ];
}
