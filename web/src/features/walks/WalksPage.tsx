import { Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { ButtonLink } from "~/layout/links";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed, Loading } from "~/states/states";
import { walksQuery } from "./queries";
import { isFinal } from "./use_walk";
import { WalkCard } from "./WalkCard";
import css from "./WalksPage.module.css";

const WATCH_MS = 3000;

/** One's own walks, newest first; those under way are watched. */
export function WalksPage() {
  const { t } = useTranslation("walks");
  return (
    <article className={css.page}>
      <header className={css.head}>
        <Title order={1}>{t("walks", { ns: "common" })}</Title>
        <ButtonLink to="/walks/new" leftSection={<Icon name="walks" size={16} />}>{t("newWalk")}</ButtonLink>
      </header>
      <List />
    </article>
  );
}

function List() {
  const { t } = useTranslation("walks");
  const list = useInfiniteQuery({
    ...walksQuery,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.results.some((walk) => !isFinal(walk))) ? WATCH_MS : false),
  });
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const walks = list.data.pages.flatMap((page) => page.results);
  if (walks.length === 0) {
    return (
      <Empty title={t("empty")} action={<ButtonLink to="/walks/new">{t("emptyAction")}</ButtonLink>}>
        {t("emptyHint")}
      </Empty>
    );
  }
  return (
    <>
      <ul className={css.grid} aria-label={t("yourWalks")}>
        {walks.map((walk) => <WalkCard key={walk.id} walk={walk} />)}
      </ul>
      <LoadMore {...list} />
    </>
  );
}
