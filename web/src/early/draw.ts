/** Draws the pictures that came with the page, as plain elements; the app then puts the same at the same place. */
import { answerTo } from "~/api/answers";
import type { Schemas } from "~/api/client";
import { frame } from "./frame";
import { drawGallery, drawItem } from "./gallery";
import { drawList } from "./list";
import { drawModel } from "./model";
import { drawWall } from "./wall";

/** Fill the page's root; nothing came for some addresses. */
export function drawEarly(root: HTMLElement): void {
  const found = drawn(window.location.pathname);
  if (found !== null) root.append(...frame(found));
}

function drawn(path: string): Node[] | null {
  const wall = read<Schemas["ItemPage"]>("/v1/explore?limit=24");
  if (wall) return drawWall(wall.results);
  const list = read<Schemas["ModelPage"]>("/v1/models?limit=24");
  if (list) return drawList(list.results);
  const works = read<Schemas["GalleryItemPage"]>(galleryAddress());
  if (works) return drawGallery(works.results);
  const item = read<Schemas["GalleryItemReply"]>(`/v1/gallery/items${path.slice("/gallery".length)}`);
  if (item) return drawItem(item);
  const model = read<Schemas["ModelReply"]>(`/v1/models${path}`);
  const examples = read<Schemas["ItemPage"]>(`/v1/models${path}/examples`);
  return model && examples ? drawModel(model, examples.results) : null;
}

/** The gallery's first question, which has the filters of the page. */
const galleryAddress = (): string => `/v1/gallery/items?${[window.location.search.slice(1), "limit=24"].filter(Boolean).join("&")}`;

function read<Reply>(address: string): Reply | null {
  const text = answerTo(address);
  return text === undefined ? null : (JSON.parse(text) as Reply);
}
