import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import { useModelWords } from "~/outputs/model_words";
import type { Frame, Walk } from "./walk";
import { keyframeAddress, keyframeWords } from "./keyframe_words";
import css from "./WalkPage.module.css";

interface Props {
  walk: Walk;
  frames: readonly Frame[];
  onGo: (place: number) => void;
}

/** What the walk leads through: each keyframe with its picture, once it is rendered. */
export function KeyframeList({ walk, frames, onGo }: Props) {
  const { t } = useTranslation("walks");
  const { word, titleOf } = useModelWords();
  const shared = Object.entries(walk.input).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value) && value !== "");
  return (
    <section>
      <h2>{t("keyframes")}</h2>
      <ol className={css.stations}>
        {walk.keyframes.map((keyframe, place) => {
          const address = keyframeAddress(keyframe);
          const picture = frames.find((frame) => frame.keyframe === place)?.thumbnail_url ?? (address === null ? null : shownAddress(address));
          const words = keyframeWords(keyframe, word);
          return (
            <li key={place}>
              <button type="button" className={css.station} onClick={() => onGo(place)}>
                {picture === null ? <span className={css.noPicture} /> : <img src={picture} alt="" width={56} height={56} />}
                <span>
                  <VisuallyHidden>{t("toKeyframe", { number: place + 1 })}: </VisuallyHidden>
                  <b aria-hidden>{place + 1}</b> {words || t("asPicture")}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
      {shared.length > 0 ? (
        <dl className={css.shared}>
          {shared.map(([name, value]) => (
            <div key={name}>
              <dt>{titleOf(name)}</dt>
              <dd>{typeof value === "string" ? word(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </section>
  );
}
