import { useElementSize } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { countInFullRows } from "./rows";
import css from "./Wall.module.css";

const PHONE_PX = 720;
const WAITING = [1, 0.75, 1.4, 1, 1, 0.7, 1.3, 1, 1, 1.2, 0.8, 1];

interface Props<Item> {
  label: string;
  items: readonly Item[];
  ratioOf: (item: Item) => number;
  isWhole: boolean;
  isBusy: boolean;
  /** Draws a tile, which fills its row by its ratio. */
  children: (item: Item, place: number) => ReactNode;
}

/** Rows of pictures of one height, filled by their widths. While more are to come, the last row waits for them: it would be laid out anew under the visitor's eyes. */
export function Rows<Item>({ label, items, ratioOf, isWhole, isBusy, children }: Props<Item>) {
  const { ref, width } = useElementSize<HTMLUListElement>();
  const [rowPx, gapPx] = window.innerWidth <= PHONE_PX ? [116, 8] : [240, 12]; // as in Wall.module.css
  const shown = isWhole || width === 0 ? items.length : countInFullRows(items.map(ratioOf), { widthPx: width, rowPx, gapPx });
  return (
    <ul ref={ref} className={css.wall} aria-label={label} aria-busy={isBusy} data-whole={isWhole || undefined}>
      {items.slice(0, shown).map(children)}
    </ul>
  );
}

/** The places of pictures that are still to come. */
export function WaitingRows() {
  const { t } = useTranslation("common");
  return (
    <ul className={css.wall} aria-label={t("loading")} aria-busy>
      {WAITING.map((ratio, place) => (
        <li key={place} className={css.tile} style={{ "--ratio": ratio } as React.CSSProperties}>
          <div className={css.picture} data-waiting />
          <div className={css.caption}>&nbsp;</div>
        </li>
      ))}
    </ul>
  );
}
