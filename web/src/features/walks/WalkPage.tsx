import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import { When } from "~/format/When";
import { inputWords } from "~/features/model/input_words";
import { modelQuery } from "~/features/model/queries";
import { ModelTranslation } from "~/outputs/model_words";
import { NotFound } from "~/states/NotFound";
import { Failed, Loading } from "~/states/states";
import type { Frame, Walk } from "./walk";
import { FilmExport } from "./FilmExport";
import { titleOf } from "./keyframe_words";
import { KeyframeList } from "./KeyframeList";
import { Player } from "./Player";
import { usePlayback } from "./use_playback";
import { useWalk } from "./use_walk";
import { WalkActions } from "./WalkActions";
import css from "./WalkPage.module.css";
import { WalkProgress } from "./WalkProgress";

const Evenness = lazy(() => import("./Evenness"));
const ASK_AGAIN_MS = 60_000;

export function WalkPage() {
  const { id } = useParams({ from: "/walks/$id" });
  const { walk, frames, arrivals_s } = useWalk(id);
  const asked = useRef(0);
  if (walk.isPending || frames.isPending) return <Loading />;
  if (walk.isError || frames.isError) {
    const error = walk.error ?? frames.error;
    if (asProblem(error).status === 404) return <NotFound />;
    return <Failed error={error} onRetry={() => void Promise.all([walk.refetch(), frames.refetch()])} />;
  }
  const renew = () => {
    if (Date.now() - asked.current < ASK_AGAIN_MS) return;
    asked.current = Date.now();
    void frames.refetch();
  };
  return <Shown key={id} walk={walk.data} frames={frames.data} arrivals_s={arrivals_s} onBroken={renew} />;
}

interface Props {
  walk: Walk;
  frames: readonly Frame[];
  arrivals_s: readonly number[];
  onBroken: () => void;
}

function Shown({ walk, frames, arrivals_s, onBroken }: Props) {
  const { t, i18n } = useTranslation("walks");
  const [owner = "", name = ""] = walk.model.split("/");
  const model = useQuery(modelQuery({ owner, name })).data;
  const playback = usePlayback(frames, walk);
  const told = useMemo(() => model && inputWords(model, i18n.language), [model, i18n.language]);
  const title = titleOf(walk, (word) => told?.words?.[word] ?? word, t("untitled"));
  return (
    <ModelTranslation value={told}>
      <article className={css.page}>
        <header className={css.head}>
          <Title order={1} lineClamp={2}>{title}</Title>
          <p className={css.facts}>
            <Link to="/$owner/$name" params={{ owner, name }}>{walk.model}</Link>
            <span>{t("keyframeCount", { count: walk.keyframes.length })}</span>
            {walk.ending === "stop" ? null : <span>{t(`ending_${walk.ending}`)}</span>}
            <When at={walk.created_at} />
          </p>
        </header>
        <div className={css.columns}>
          <Player walk={walk} frames={frames} playback={playback} onBroken={onBroken} />
          <div className={css.side}>
            <WalkProgress walk={walk} arrivals_s={arrivals_s} />
            {walk.rendered > 1 ? <FilmExport walk={walk} /> : null}
            <WalkActions walk={walk} frames={frames} place={playback.place} model={model ?? null} />
          </div>
          <div className={css.below}>
            <KeyframeList walk={walk} frames={frames} onGo={(place) => { playback.pause(); playback.seek(place); }} />
            {frames.length > 2 ? <Suspense fallback={<div className={css.plotPlace} />}><Evenness walk={walk} frames={frames} /></Suspense> : null}
          </div>
        </div>
      </article>
    </ModelTranslation>
  );
}
