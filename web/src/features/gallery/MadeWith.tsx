import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { inputWords } from "~/features/model/input_words";
import { modelQuery } from "~/features/model/queries";
import { ModelTranslation, useModelWords } from "~/outputs/model_words";
import css from "./ItemPage.module.css";
import { modelOf } from "./model_of";
import type { Item } from "./queries";

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs that made it, where its maker shows them, as its model calls them; by the API's names until that is known. */
export function MadeWith({ item }: { item: Item }) {
  const { t, i18n } = useTranslation("gallery");
  const path = modelOf(item);
  const model = useQuery({ ...modelQuery(path ?? { owner: "", name: "" }), enabled: path !== null && item.show_input }).data;
  if (!item.show_input) return <p className={css.quiet}>{t("inputKept")}</p>;
  return (
    <section>
      <h2 className={css.heading}>{t("howMade")}</h2>
      <ModelTranslation value={model && inputWords(model, i18n.language)}>
        <Keyframes item={item} />
        <SharedInputs inputs={item.input ?? {}} />
      </ModelTranslation>
    </section>
  );
}

function Keyframes({ item: { walk } }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const words = useModelWords();
  const keyframes = walk?.["keyframes"];
  if (!Array.isArray(keyframes) || keyframes.length === 0) return null;
  return (
    <ol className={css.keyframes} aria-label={t("keyframes")}>
      {(keyframes as Inputs[]).map((keyframe, place) => (
        <li key={place}>{written(keyframe, words)}</li>
      ))}
    </ol>
  );
}

function SharedInputs({ inputs }: { inputs: Inputs }) {
  const { word, titleOf } = useModelWords();
  return (
    <dl className={css.inputs}>
      {Object.entries(inputs).map(([name, value]) => (
        <div key={name}>
          <dt>{titleOf(name)}</dt>
          <dd>
            <bdi>{shown(value, word)}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A keyframe's prompt alone, or its inputs by name; a picture is seen in the film. */
function written(keyframe: Inputs, { word, titleOf }: ReturnType<typeof useModelWords>): string {
  const told = Object.entries(keyframe).filter(([, value]) => typeof value !== "string" || !value.includes("/blobs/"));
  if (told.length === 1 && told[0]?.[0] === "prompt") return shown(told[0][1], word);
  return told.map(([name, value]) => `${titleOf(name)}: ${shown(value, word)}`).join(", ") || "—";
}

const shown = (value: unknown, word: (value: string) => string): string => (typeof value === "string" ? word(value) : JSON.stringify(value));
