/** The smaller files of a picture, for narrow screens; `artrator/http/first_pictures.py` names the same ones in the page's head. */
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";

export const NARROW = "(max-width: 860px)";
/** How wide the picture of a model's page is there. */
export const NARROW_SIZES = "92vw";

export const smallOf = (thumbnails: readonly Schemas["ThumbnailReply"][]): string | undefined =>
  thumbnails.map((each) => `${shownAddress(each.url)} ${each.width_px}w`).join(", ") || undefined;
