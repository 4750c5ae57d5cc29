/** How a picture of the gallery is loaded: its proportions, and the smallest file that is large enough. */
import { shownAddress } from "~/api/own_address";
import type { Item } from "./queries";

const SIZES = "(max-width: 720px) 50vw, 320px"; // as `first_pictures.py` says
const [NARROWEST, WIDEST] = [0.56, 2.2]; // beyond these a picture is cut at its edges, on the wall only

type Media = Item["media"];

/** Width by height. */
export const wholeRatioOf = ({ width_px, height_px }: Pick<Media, "width_px" | "height_px">): number => (width_px && height_px ? width_px / height_px : 1);

/** The width of a tile by its height. */
export const ratioOf = ({ media }: Pick<Item, "media">): number => Math.min(WIDEST, Math.max(NARROWEST, wholeRatioOf(media)));

/** What an `<img>` of a tile says. */
export const tileOf = ({ thumbnail_url, thumbnails, width_px, height_px }: Media) => ({
  src: shownAddress(thumbnail_url),
  srcSet: thumbnails.map((each) => `${shownAddress(each.url)} ${each.width_px}w`).join(", "),
  sizes: SIZES,
  width: width_px ?? undefined,
  height: height_px ?? undefined,
});
