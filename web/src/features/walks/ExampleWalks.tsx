import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { useModelWords } from "~/outputs/model_words";
import { composed } from "./composition";
import css from "./Composer.module.css";
import { pairsOf } from "./pictures";
import type { Change } from "./use_composition";
import type { Plan } from "./walkable";

interface Props {
  plan: Plan;
  examples: readonly Schemas["ItemReply"][];
  onChoose: Change;
}

/** Walks to try with one click, between pictures of the model's showcase. */
export function ExampleWalks({ plan, examples, onChoose }: Props) {
  const { t } = useTranslation("walks");
  const { word } = useModelWords();
  const pairs = pairsOf(plan, examples);
  if (pairs.length === 0) return null;
  const said = ({ input }: Schemas["ItemReply"]) => plan.usual.flatMap((name) => (input[name] == null ? [] : [word(String(input[name]))])).join(" · ");
  return (
    <section>
      <h2 className={css.small}>{t("tryOne")}</h2>
      <ul className={css.pairs}>
        {pairs.map(({ from, to }) => (
          <li key={from.id}>
            <button type="button" className={css.pair}
              onClick={() => onChoose(({ film, title }) => {
                const { keyframes, shared, own } = composed(plan, { keyframes: [from, to].map(({ input }) => ownOf(plan, input)), input: from.input });
                return { keyframes, shared, own, film, title };
              })}>
              {[from, to].map((each) => <Thumb key={each.id} item={each} />)}
              <span>{t("fromTo", { from: said(from), to: said(to) })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const ownOf = ({ usual }: Plan, input: Readonly<Record<string, unknown>>) => Object.fromEntries(usual.flatMap((name) => (name in input ? [[name, input[name]]] : [])));

function Thumb({ item }: { item: Schemas["ItemReply"] }) {
  const picture = item.output.thumbnails[0]?.url ?? item.output.url;
  return picture ? <img src={shownAddress(picture)} alt="" width={40} height={40} loading="lazy" /> : null;
}
