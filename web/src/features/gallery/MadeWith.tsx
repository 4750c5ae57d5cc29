import { useTranslation } from "react-i18next";
import css from "./ItemPage.module.css";
import type { Item } from "./queries";
import { useInputWords, type InputWords } from "./use_input_words";

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs that made it, where its maker shows them. */
export function MadeWith({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const words = useInputWords(item);
  const keyframes = keyframesOf(item);
  if (!item.show_input) return <p className={css.quiet}>{t("inputKept")}</p>;
  return (
    <section>
      <h2 className={css.heading}>{t("howMade")}</h2>
      {keyframes.length > 0 ? (
        <ol className={css.keyframes} aria-label={t("keyframes")}>
          {keyframes.map((keyframe, place) => (
            <li key={place}>{written(keyframe, words)}</li>
          ))}
        </ol>
      ) : null}
      <dl className={css.inputs}>
        {Object.entries(item.input ?? {}).map(([name, value]) => (
          <div key={name}>
            <dt>{words.titleOf(name)}</dt>
            <dd>
              <bdi>{words.valueOf(value)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function keyframesOf({ walk }: Item): Inputs[] {
  const keyframes = walk?.["keyframes"];
  return Array.isArray(keyframes) ? (keyframes as Inputs[]) : [];
}

/** A keyframe's prompt alone, or its inputs by name; a picture is seen in the film. */
function written(keyframe: Inputs, { titleOf, valueOf }: InputWords): string {
  const told = Object.entries(keyframe).filter(([, value]) => typeof value !== "string" || !value.includes("/blobs/"));
  if (told.length === 1 && told[0]?.[0] === "prompt") return valueOf(told[0][1]);
  return told.map(([name, value]) => `${titleOf(name)}: ${valueOf(value)}`).join(", ") || "—";
}
