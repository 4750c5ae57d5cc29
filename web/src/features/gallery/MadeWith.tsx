import { useTranslation } from "react-i18next";
import css from "./ItemPage.module.css";
import type { Item } from "./queries";

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs that made it, where its maker shows them. */
export function MadeWith({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const keyframes = keyframesOf(item);
  if (!item.show_input) return <p className={css.quiet}>{t("inputKept")}</p>;
  return (
    <section>
      <h2 className={css.heading}>{t("howMade")}</h2>
      {keyframes.length > 0 ? (
        <ol className={css.keyframes} aria-label={t("keyframes")}>
          {keyframes.map((keyframe, place) => (
            <li key={place}>{written(keyframe)}</li>
          ))}
        </ol>
      ) : null}
      <dl className={css.inputs}>
        {Object.entries(item.input ?? {}).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{shown(value)}</bdi>
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
function written(keyframe: Inputs): string {
  const words = Object.entries(keyframe).filter(([, value]) => typeof value !== "string" || !value.includes("/blobs/"));
  if (words.length === 1 && words[0]?.[0] === "prompt") return shown(words[0][1]);
  return words.map(([name, value]) => `${name}: ${shown(value)}`).join(", ") || "—";
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
