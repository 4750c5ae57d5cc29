/** The bar above every page, as `TopBar` draws it, and the place of what stands below. */
import shell from "~/layout/Shell.module.css";
import { element } from "./element";

export const frame = (inside: Node[]): Node[] => [
  element("header", { class: shell.bar },
    element("div", { class: shell.inside },
      element("span", { class: shell.brand }, element("img", { src: "/icon.svg", width: 24, height: 24, alt: "" }), "Artrator"))),
  element("main", { class: shell.content, "aria-busy": "true" }, ...inside),
];
