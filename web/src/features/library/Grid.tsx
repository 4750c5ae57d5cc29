import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { ButtonLink } from "~/layout/links";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed, Loading } from "~/states/states";
import { useDelete } from "./actions";
import { ConfirmDelete } from "./ConfirmDelete";
import css from "./LibraryPage.module.css";
import { PredictionCard } from "./PredictionCard";
import { libraryQuery } from "./queries";
import { isRunning, type LibrarySearch } from "./search";
import { useWalkers } from "./use_walkers";
import { SelectionBar } from "./SelectionBar";
import { useSelection } from "./use_selection";

const NONE: readonly Schemas["PredictionReply"][] = [];

/** Own predictions, newest first. */
export function Grid({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation("library");
  const list = useInfiniteQuery(libraryQuery(search));
  const selection = useSelection();
  const [doomed, setDoomed] = useState<readonly string[]>([]);
  const remove = useDelete();
  const shown = list.data?.pages.flatMap((page) => page.results) ?? NONE;
  const walkers = useWalkers(shown);
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const predictions = shown;
  const ended = predictions.filter((prediction) => !isRunning(prediction)).map((prediction) => prediction.id);
  if (predictions.length === 0) return <Nothing filtered={Boolean(search.status ?? search.model)} />;
  const removeDoomed = () =>
    remove.mutate(doomed, {
      onSettled: () => {
        doomed.forEach((id) => selection.choose(id, false));
        setDoomed([]);
      },
    });
  return (
    <>
      <SelectionBar selection={selection} ids={ended} onDelete={() => setDoomed([...selection.chosen])} />
      <ul className={css.grid} aria-label={t("predictions")}>
        {predictions.map((prediction) => (
          <PredictionCard key={prediction.id} prediction={prediction} selection={selection}
            walks={walkers.has(prediction.model)} onDelete={() => setDoomed([prediction.id])} />
        ))}
      </ul>
      <LoadMore {...list} />
      <ConfirmDelete number={doomed.length} busy={remove.isPending} onClose={() => setDoomed([])} onConfirm={removeDoomed} />
    </>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation("library");
  if (filtered) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
  return (
    <Empty title={t("empty")} action={<ButtonLink to="/">{t("toExplore", { ns: "common" })}</ButtonLink>}>
      {t("emptyHint")}
    </Empty>
  );
}
