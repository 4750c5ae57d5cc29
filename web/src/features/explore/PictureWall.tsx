import { useElementSize } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed } from "~/states/states";
import { wallQuery } from "./queries";
import type { ExploreSearch } from "./search";
import { countInFullRows } from "./rows";
import { ratioOf } from "./picture";
import { Tile } from "./Tile";
import css from "./Wall.module.css";

const AT_ONCE = 6;
const PHONE_PX = 720;
const WAITING = [1, 0.75, 1.4, 1, 1, 0.7, 1.3, 1, 1, 1.2, 0.8, 1];

/** Rows of pictures of one height, filled by their widths: nothing moves when a picture arrives. */
export function PictureWall({ search }: { search: ExploreSearch }) {
  const { t } = useTranslation("explore");
  const wall = useInfiniteQuery(wallQuery(search));
  if (wall.isPending) return <WaitingWall />;
  if (wall.isError) return <Failed error={wall.error} onRetry={() => void wall.refetch()} />;
  const items = wall.data.pages.flatMap((page) => page.results);
  if (items.length === 0) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
  return (
    <>
      {/* what a search finds are new tiles: none moves from where another stood */}
      <Rows key={items[0]?.id} items={items} isWhole={!wall.hasNextPage} isBusy={wall.isFetching} />
      <LoadMore key={items.length} {...wall} />
    </>
  );
}

/** While more are to come, the last row waits for them: it would be laid out anew under the visitor's eyes. */
function Rows({ items, isWhole, isBusy }: { items: Schemas["ItemReply"][]; isWhole: boolean; isBusy: boolean }) {
  const { t } = useTranslation("explore");
  const { ref, width } = useElementSize<HTMLUListElement>();
  const [rowPx, gapPx] = window.innerWidth <= PHONE_PX ? [116, 8] : [240, 12]; // as in Wall.module.css
  const shown = isWhole || width === 0 ? items.length : countInFullRows(items.map(ratioOf), { widthPx: width, rowPx, gapPx });
  return (
    <ul ref={ref} className={css.wall} aria-label={t("pictures")} aria-busy={isBusy} data-whole={isWhole || undefined}>
      {items.slice(0, shown).map((item, place) => (
        <Tile key={item.id} item={item} eager={place < AT_ONCE} />
      ))}
    </ul>
  );
}

function WaitingWall() {
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
