import { ActionIcon, NativeSelect } from "@mantine/core";
import { useEffect, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { count, decimal, seconds } from "~/format/money";
import { Icon } from "~/layout/icons";
import { lengthOf_s } from "./composition";
import type { Frame, Walk } from "./walk";
import css from "./Player.module.css";
import { SPEEDS } from "./playback";
import { Timeline } from "./Timeline";
import type { Playback } from "./use_playback";

interface Props {
  walk: Walk;
  frames: readonly Frame[];
  playback: Playback;
  /** The links to the pictures are too old. */
  onBroken: () => void;
}

/** The film as far as it is rendered: it plays from its first two frames on, and gets smoother as more land. */
export function Player({ walk, frames, playback, onBroken }: Props) {
  const { t } = useTranslation("walks");
  const frame = frames[playback.index];
  const isOver = walk.status !== "starting" && walk.status !== "processing";
  useSteps(playback);
  return (
    <section className={css.player} aria-label={t("player")} data-player>
      <div className={css.frame}>
        {frame === undefined ? (
          <p className={css.said} role="status">{t(isOver ? "noFrames" : "firstFrames")}</p>
        ) : (
          <img src={frame.url} alt={t("frameAlt", { number: playback.index + 1 })} style={{ "--ratio": ratioOf(frame) } as CSSProperties}
            width={frame.width_px ?? undefined} height={frame.height_px ?? undefined} onClick={playback.toggle} onError={onBroken} />
        )}
      </div>
      <Timeline walk={walk} frames={frames} playback={playback} />
      <Controls walk={walk} frames={frames} playback={playback} />
    </section>
  );
}

const ratioOf = ({ width_px, height_px }: Frame) => (width_px && height_px ? width_px / height_px : 1);

function Controls({ walk, frames, playback }: Omit<Props, "onBroken">) {
  const { t } = useTranslation("walks");
  const { index, playing, repeat, speed } = playback;
  const isEmpty = frames.length < 2;
  const length_s = lengthOf_s(walk);
  return (
    <div className={css.controls}>
      <ActionIcon size="lg" aria-label={t(playing ? "pause" : "play")} disabled={isEmpty} onClick={playback.toggle}>
        <Icon name={playing ? "pause" : "play"} />
      </ActionIcon>
      <ActionIcon size="lg" variant="default" aria-label={t("frameBefore")} disabled={isEmpty} onClick={() => playback.step(-1)}>
        <Icon name="before" />
      </ActionIcon>
      <ActionIcon size="lg" variant="default" aria-label={t("frameAfter")} disabled={isEmpty} onClick={() => playback.step(1)}>
        <Icon name="after" />
      </ActionIcon>
      <ActionIcon size="lg" variant="default" aria-label={t("repeat")} aria-pressed={repeat} className={css.repeat} onClick={() => playback.setRepeat(!repeat)}>
        <Icon name="repeat" />
      </ActionIcon>
      <span className={css.count}>
        {t("frameOf", { number: count(index + 1), of: count(frames.length) })} <span>{t("plays", { length: seconds(length_s), fps: walk.fps })}</span>
      </span>
      <NativeSelect size="sm" className={css.speed} aria-label={t("speed")} value={String(speed)} onChange={(event) => playback.setSpeed(Number(event.currentTarget.value))}
        data={SPEEDS.map((each) => ({ value: String(each), label: `${decimal(each)} ×` }))} />
    </div>
  );
}

/** Arrow keys step through the film wherever nothing else needs them; space and K play it while the player has the focus. */
function useSteps(playback: Playback): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      const isHere = target.closest("[data-player]") !== null;
      const isFree = target === document.body || target.tagName === "MAIN";
      if (event.altKey || event.ctrlKey || event.metaKey || (!isHere && !isFree) || target.tagName === "SELECT") return;
      if (event.key === "ArrowLeft") playback.step(-1);
      else if (event.key === "ArrowRight") playback.step(1);
      else if (event.key.toLowerCase() === "k" || (event.key === " " && isHere && target.tagName === "INPUT")) playback.toggle();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [playback]);
}

