/** A model's name, its line and the picture that its form begins with, as `ModelHead` and `Stage` draw them. */
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import css from "~/features/model/ModelPage.module.css";
import { summaryOf } from "~/outputs/translated";
import output from "~/outputs/OutputView.module.css";
import { NARROW, NARROW_SIZES, smallOf } from "~/outputs/small";
import { startingLanguage } from "~/words/language";
import { element, placeOfWords } from "./element";

/** Letters of its price, of "verified" and of its runs. */
const FACTS = [13, 9, 6];

export function drawModel(model: Schemas["ModelReply"], examples: readonly Schemas["ItemReply"][]): Node[] {
  const asked = new URLSearchParams(window.location.search);
  const example = examples.find((each) => each.id === asked.get("example")) ?? examples[0];
  const shown = asked.has("run") || asked.has("input") ? undefined : example;
  return [
    element("article", { class: css.page },
      element("header", { class: css.head },
        element("h1", { class: css.title },
          element("span", { class: css.owner }, model.owner), element("span", { class: css.slash }, "/"), model.name),
        element("p", { class: css.line }, summaryOf(model, startingLanguage())),
        element("p", { class: css.facts }, ...FACTS.map(placeOfWords), ...[model.license ?? "", ...model.tags].map((fact) => element("span", {}, fact)))),
      element("section", { class: css.bench },
        element("div", { class: css.form }),
        element("section", { class: css.stage }, element("div", { class: css.frame }, element("div", {}, ...(shown ? [pictureOf(model, shown)] : [])))))),
  ];
}

/** As `Picture` and `Smaller` do. */
function smaller(picture: HTMLElement, thumbnails: Schemas["ItemReply"]["output"]["thumbnails"]): HTMLElement {
  const small = smallOf(thumbnails);
  if (small === undefined) return picture;
  return element("picture", { class: output.transparent }, element("source", { media: NARROW, srcset: small, sizes: NARROW_SIZES }), picture);
}

function pictureOf({ pipeline, name }: Schemas["ModelReply"], { output: { url, media_type, width_px, height_px, thumbnails } }: Schemas["ItemReply"]): Node {
  if (!url || !media_type?.startsWith("image/") || !width_px || !height_px) return element("span");
  const ratio = { "--ratio": width_px / height_px };
  const picture = { src: shownAddress(url), alt: name, fetchpriority: "high" };
  if (pipeline === "image-to-image") return element("div", { class: css.compare, ...ratio }, smaller(element("img", picture), thumbnails));
  return smaller(element("img", { ...picture, ...ratio, class: output.picture, "data-known": "true" }), thumbnails);
}
