import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed } from "~/states/states";
import { ratioOf } from "./picture";
import { wallQuery } from "./queries";
import { Rows, WaitingRows } from "./Rows";
import type { ExploreSearch } from "./search";
import { Tile } from "./Tile";

const AT_ONCE = 6;

/** Real outputs of all models. */
export function PictureWall({ search }: { search: ExploreSearch }) {
  const { t } = useTranslation("explore");
  const wall = useInfiniteQuery(wallQuery(search));
  if (wall.isPending) return <WaitingRows />;
  if (wall.isError) return <Failed error={wall.error} onRetry={() => void wall.refetch()} />;
  const items = wall.data.pages.flatMap((page) => page.results);
  if (items.length === 0) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
  return (
    <>
      {/* what a search finds are new tiles: none moves from where another stood */}
      <Rows key={items[0]?.id} label={t("pictures")} items={items} ratioOf={ratioOf} isWhole={!wall.hasNextPage} isBusy={wall.isFetching}>
        {(item, place) => <Tile key={item.id} item={item} eager={place < AT_ONCE} />}
      </Rows>
      <LoadMore key={items.length} {...wall} />
    </>
  );
}
