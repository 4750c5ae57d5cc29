/** Where the filters of Explore will stand: as high as they are. */
import css from "~/features/explore/Filters.module.css";
import { element } from "./element";

export const filtersPlace = (): Node =>
  element("div", { class: css.filters },
    element("div", { class: css.searchPlace }),
    element("div", { class: css.rowPlace }),
    element("div", { class: css.tags }));
