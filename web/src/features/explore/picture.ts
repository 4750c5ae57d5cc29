/** How a picture of the wall is loaded: its proportions, and the smallest file that is large enough. */
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";

const SIZES = "(max-width: 720px) 50vw, 320px";
const [NARROWEST, WIDEST] = [0.56, 2.2]; // beyond these a picture is cut at its edges, on the wall only
type Output = Schemas["ItemReply"]["output"];

/** The width of a tile by its height. */
export function ratioOf({ output }: Pick<Schemas["ItemReply"], "output">): number {
  const ratio = output.width_px && output.height_px ? output.width_px / output.height_px : 1;
  return Math.min(WIDEST, Math.max(NARROWEST, ratio));
}

/** What an `<img>` of it says; null where the output is no picture. */
export function pictureOf({ kind, url, thumbnails, width_px, height_px }: Output) {
  if (kind !== "image" || !url) return null;
  return {
    src: shownAddress(thumbnails[0]?.url ?? url),
    srcSet: thumbnails.map((each) => `${shownAddress(each.url)} ${each.width_px}w`).join(", ") || undefined,
    sizes: SIZES,
    width: width_px ?? undefined,
    height: height_px ?? undefined,
  };
}
