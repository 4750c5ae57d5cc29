import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed } from "~/states/states";
import { wallQuery } from "./queries";
import type { ExploreSearch } from "./search";
import { Tile } from "./Tile";
import css from "./Wall.module.css";

const AT_ONCE = 6;
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
      <ul className={css.wall} aria-label={t("pictures")} aria-busy={wall.isFetching}>
        {items.map((item, place) => (
          <Tile key={item.id} item={item} eager={place < AT_ONCE} />
        ))}
      </ul>
      <LoadMore {...wall} />
    </>
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
