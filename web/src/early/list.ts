/** The first of the list of models, as `ModelList` draws them. */
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { summaryOf } from "~/outputs/translated";
import css from "~/features/explore/ModelList.module.css";
import { startingLanguage } from "~/words/language";
import { element, placeOfWords } from "./element";
import { filtersPlace } from "./filters_place";

const SHOWN = 12;
/** Letters of its kind, price and runs. */
const FACTS = [17, 13, 6];

export const drawList = (models: readonly Schemas["ModelReply"][]): Node[] => [
  filtersPlace(),
  element("ul", { class: css.list }, ...models.slice(0, SHOWN).map(card)),
];

const card = ({ owner, name, license, cover_image_url, ...model }: Schemas["ModelReply"]): Node =>
  element("li", { class: css.card },
    cover_image_url
      ? element("img", { class: css.cover, src: shownAddress(cover_image_url), alt: "", width: 96, height: 96 })
      : element("div", { class: css.cover }),
    element("div", { class: css.words },
      element("a", { class: css.name, href: `/${owner}/${name}` }, element("span", { class: css.owner }, `${owner}/`), name),
      element("p", { class: css.summary }, summaryOf(model, startingLanguage())),
      element("p", { class: css.facts }, ...FACTS.map(placeOfWords), element("span", {}, license ?? ""))));
