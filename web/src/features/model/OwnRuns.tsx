import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { labelsOf } from "~/outputs/Labels";
import { useModelWords } from "~/outputs/model_words";
import { useAccount } from "~/session/session";
import css from "./ModelPage.module.css";
import { ownRunsQuery } from "./queries";
import { isFinal } from "./use_run";

interface Props {
  model: Schemas["ModelReply"];
  shown: string | null;
  examples: readonly Schemas["ItemReply"][];
  shownExample: string | null;
}

const WATCH_MS = 3000;

/** Further ones are beside the choices that they show. */
const SHOWN_EXAMPLES = 12;

/** Small pictures to go back to: own runs, newest first, and the creator's examples. */
export function OwnRuns({ model, shown, examples, shownExample }: Props) {
  const { t } = useTranslation("model");
  const account = useAccount();
  const runs = useQuery({
    ...ownRunsQuery(model),
    enabled: Boolean(account),
    refetchInterval: (query) => (query.state.data?.some((run) => !isFinal(run)) ? WATCH_MS : false),
  }).data ?? [];
  return (
    <>
      {runs.length > 0 ? (
        <section>
          <h2 className={css.sideHeading}>{t("yourRuns")}</h2>
          <ul className={css.strip}>
            {runs.map((run) => (
              <li key={run.id}>
                <Link to="/$owner/$name" params={model} search={{ run: run.id }} resetScroll={false} className={css.thumb} aria-current={run.id === shown}>
                  <RunThumb run={run} />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {examples.length > 0 ? (
        <section>
          <h2 className={css.sideHeading}>{t("examples")}</h2>
          <ul className={css.strip}>
            {examples.slice(0, SHOWN_EXAMPLES).map((example, place) => (
              <li key={example.id}>
                <Link to="/$owner/$name" params={model} search={{ example: example.id }} resetScroll={false} className={css.thumb} aria-current={example.id === shownExample}>
                  <ExampleThumb example={example} alt={t("exampleNumber", { number: place + 1 })} />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}

function ExampleThumb({ example, alt }: { example: Schemas["ItemReply"]; alt: string }) {
  const { word } = useModelWords();
  const picture = example.output.thumbnails[0]?.url ?? example.output.url ?? example.input_picture_url;
  if (picture) return <img src={shownAddress(picture)} alt={alt} width={80} height={80} loading="lazy" />;
  const label = labelsOf(example.output.value)?.[0]?.[1][0]?.label;
  return <>{label === undefined ? alt : word(label)}</>;
}

function RunThumb({ run }: { run: Schemas["PredictionReply"] }) {
  const { t, i18n } = useTranslation("model");
  const { word } = useModelWords();
  const picture = run.files[0]?.thumbnail_url;
  const when = new Date(run.created_at).toLocaleString(i18n.language, { dateStyle: "short", timeStyle: "short" });
  if (picture) return <img src={shownAddress(picture)} alt={t("runOf", { when })} width={80} height={80} loading="lazy" />;
  const label = labelsOf(run.output)?.[0]?.[1][0]?.label;
  return <>{label === undefined ? t(`ended_${run.status}`, { defaultValue: t("working") }) : word(label)}</>;
}
