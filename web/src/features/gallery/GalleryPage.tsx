import { Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Rows, WaitingRows } from "~/features/explore/Rows";
import { ButtonLink } from "~/layout/links";
import { useAccount } from "~/session/session";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed } from "~/states/states";
import { GalleryFilters } from "./GalleryFilters";
import { GalleryTile } from "./GalleryTile";
import css from "./GalleryPage.module.css";
import { ratioOf } from "./picture";
import { galleryQuery, type Item } from "./queries";
import type { GallerySearch } from "./search";

const AT_ONCE = 6;

/** What people put in the gallery. */
export function GalleryPage() {
  const { t } = useTranslation("gallery");
  const search = useSearch({ from: "/gallery" });
  return (
    <article className={css.page}>
      <header className={css.head}>
        <Title order={1}>{t("title")}</Title>
        <GalleryFilters search={search} />
      </header>
      <Wall search={search} />
    </article>
  );
}

function Wall({ search }: { search: GallerySearch }) {
  const { t } = useTranslation("gallery");
  const account = useAccount();
  const wall = useInfiniteQuery({ ...galleryQuery(search, account?.username ?? null), enabled: !search.mine || Boolean(account) });
  if (wall.isPending) return <WaitingRows />;
  if (wall.isError) return <Failed error={wall.error} onRetry={() => void wall.refetch()} />;
  const items = once(wall.data.pages.flatMap((page) => page.results));
  if (items.length === 0) return <Nothing search={search} />;
  return (
    <>
      <Rows key={JSON.stringify(search)} label={t("works")} items={items} ratioOf={ratioOf} isWhole={!wall.hasNextPage} isBusy={wall.isFetching}>
        {(item, place) => <GalleryTile key={item.id} item={item} eager={place < AT_ONCE} />}
      </Rows>
      <LoadMore key={items.length} {...wall} />
    </>
  );
}

/** Each item once: one that somebody likes no longer may come on a later page too. */
function once(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

function Nothing({ search }: { search: GallerySearch }) {
  const { t } = useTranslation("gallery");
  const filtered = Boolean(search.kind ?? search.model ?? search.owner);
  if (filtered) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
  return (
    <Empty title={t(search.mine ? "emptyMine" : "empty")} action={<ButtonLink to="/library">{t("toLibrary")}</ButtonLink>}>
      {t("emptyHint")}
    </Empty>
  );
}
