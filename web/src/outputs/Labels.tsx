import { percent } from "~/format/money";
import { useModelWords } from "./model_words";
import css from "./Labels.module.css";

export interface Label {
  label: string;
  score: number;
}

const isLabel = (value: unknown): value is Label =>
  typeof value === "object" && value !== null && "label" in value && "score" in value && typeof value.score === "number";

/** Read a classifier's output: one list of labels, or several by name; null where it is something else. */
export function labelsOf(output: unknown): [string, Label[]][] | null {
  if (Array.isArray(output)) return output.length > 0 && output.every(isLabel) ? [["", output]] : null;
  if (typeof output !== "object" || output === null) return null;
  const groups = Object.entries(output).filter((entry): entry is [string, Label[]] => Array.isArray(entry[1]) && entry[1].every(isLabel));
  return groups.length > 0 ? groups : null;
}

const LEAST_SCORE = 0.005;

/** The first is always shown; after it, only what is not nearly nothing. */
const surest = (labels: readonly Label[], shown: number) =>
  labels.slice(0, shown).filter(({ score }, place) => place === 0 || score >= LEAST_SCORE);

/** The surest labels of each group with a bar; other values as text. */
export function Labels({ groups, value, shown = 3 }: { groups: [string, Label[]][] | null; value: unknown; shown?: number }) {
  const { word, titleOf } = useModelWords();
  if (groups === null) return <code className={css.value}>{JSON.stringify(value ?? null, null, 1).slice(0, 400)}</code>;
  return (
    <div className={css.groups}>
      {groups.map(([name, labels]) => (
        <div key={name} className={css.group}>
          {name ? <div className={css.title}>{titleOf(name)}</div> : null}
          {surest(labels, shown).map(({ label, score }) => (
            <div key={label} className={css.row}>
              <span className={css.label}>{word(label)}</span>
              <span className={css.score}>{percent(score)}</span>
              <span className={css.bar} style={{ transform: `scaleX(${score})` }} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
