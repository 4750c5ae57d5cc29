import { useElementSize } from "@mantine/hooks";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useModelWords } from "~/outputs/model_words";
import type { Frame, Walk } from "./walk";
import { spanOf, stripOf } from "./frames";
import { keyframeWords } from "./keyframe_words";
import css from "./Player.module.css";
import type { Playback } from "./use_playback";

const SLOT_PX = 48;
const STATION_PX = 30;
const STEPS = 1000;

interface Props {
  walk: Walk;
  frames: readonly Frame[];
  playback: Playback;
}

/** The path from the first keyframe to the last: a mark for every frame where it landed, pictures along it, and where the film is. */
export function Timeline({ walk, frames, playback }: Props) {
  const { t } = useTranslation("walks");
  const { ref, width } = useElementSize();
  const span = spanOf(walk);
  const slots = Math.max(6, Math.floor(width / SLOT_PX));
  const isWhole = walk.rendered === walk.frames;
  const strip = useMemo(() => stripOf(frames, slots, span, isWhole), [frames, slots, span, isWhole]);
  const way = Math.min(Math.floor(playback.place), span - 1) + 1;
  const between = { from: way, to: way === walk.keyframes.length ? 1 : way + 1 };
  return (
    <div className={css.timeline} ref={ref}>
      <Landed frames={frames} span={span} />
      <div className={css.strip}>
        {strip.map((frame, slot) => (
          <span key={slot} className={css.slot}>
            {frame ? <img src={frame.thumbnail_url ?? frame.url} alt="" decoding="async" /> : null}
          </span>
        ))}
        <input type="range" className={css.scrubber} min={0} max={span} step={span / STEPS} value={playback.place}
          aria-label={t("scrubber")} disabled={frames.length === 0}
          aria-valuetext={t("frameBetween", { number: playback.index + 1, of: frames.length, ...between })}
          onChange={(event) => { playback.pause(); playback.seek(Number(event.currentTarget.value)); }} />
      </div>
      <Stations walk={walk} span={span} every={Math.max(1, Math.ceil((STATION_PX * span) / Math.max(width, 1)))} playback={playback} />
    </div>
  );
}

/** One mark a frame, so that each is seen to land even where the strip has room for few pictures. */
function Landed({ frames, span }: { frames: readonly Frame[]; span: number }) {
  const marks = useMemo(() => frames.map(({ place }) => `M${((1000 * place) / span).toFixed(1)} 0v8`).join(""), [frames, span]);
  return (
    <svg className={css.landed} viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden data-frames={frames.length}>
      <path d={marks} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** The keyframes below the strip, to go to; of more than there is room for, every second or third. */
function Stations({ walk, span, every, playback }: Omit<Props, "frames"> & { span: number; every: number }) {
  const { t } = useTranslation("walks");
  const { word } = useModelWords();
  const stations = walk.keyframes.map((keyframe, place) => ({ place, words: keyframeWords(keyframe, word) }));
  if (walk.ending === "loop" && stations[0]) stations.push({ place: span, words: stations[0].words });
  return (
    <div className={css.stations}>
      {stations.filter(({ place }) => place % every === 0).map(({ place, words }) => (
        <button key={place} type="button" className={css.station} style={{ left: `${String((100 * place) / span)}%` }} data-end={place === span || undefined}
          data-start={place === 0 || undefined} title={words} aria-label={t("toKeyframe", { number: (place % walk.keyframes.length) + 1 })}
          onClick={() => { playback.pause(); playback.seek(place); }}>
          {(place % walk.keyframes.length) + 1}
        </button>
      ))}
    </div>
  );
}
