import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { useAccount } from "~/session/session";
import { asProblem } from "~/api/problem";
import { ModelTranslation } from "~/outputs/model_words";
import { translationOf } from "~/outputs/translated";
import { NotFound } from "~/states/NotFound";
import { Failed, Loading } from "~/states/states";
import { fieldsOf, initialValues, schemaOf, valuesFrom, type Field, type Values } from "./fields";
import { ModelHead } from "./ModelHead";
import { NONE, type Chosen } from "./loras/chosen";
import css from "./ModelPage.module.css";
import { examplesQuery, modelQuery, predictionQuery, type Reference } from "./queries";
import { ReportModel } from "./ReportModel";
import { InView } from "./tabs/InView";
import { Tabs } from "./tabs/Tabs";
import { Workbench } from "./Workbench";
import type { ModelSearch } from "./search";
import { loadWords } from "~/words/words";
import type { Prediction } from "./use_run";

const ModelGallery = lazy(async () => {
  const [strip] = await Promise.all([import("~/features/gallery/ModelGallery"), loadWords("gallery")]);
  return strip;
});

export function ModelPage() {
  const reference = useParams({ from: "/$owner/$name" });
  const search = useStartSearch();
  const model = useQuery(modelQuery(reference));
  const openapi = model.data?.latest_version?.openapi_schema;
  const { i18n } = useTranslation();
  const told = model.data && translationOf(model.data, i18n.language);
  const fields = useMemo(() => fieldsOf(schemaOf(openapi, "Input"), told?.fields), [openapi, told]);
  const start = useStart(reference, search, fields);
  if (model.isPending) return <Loading />;
  if (model.isError) {
    if (asProblem(model.error).status === 404) return <NotFound />;
    return <Failed error={model.error} onRetry={() => void model.refetch()} />;
  }
  return (
    <ModelTranslation value={told}>
      <article className={css.page}>
        <ModelHead model={model.data} />
        {start === null ? <div className={css.waiting}><Loading /></div> : <Workbench key={start.key} model={model.data} fields={fields} start={start} examples={start.examples} />}
        <Tabs model={model.data} />
        <InView>
          <Suspense>
            <ModelGallery model={`${model.data.owner}/${model.data.name}`} />
          </Suspense>
        </InView>
        <ReportModel model={model.data} />
      </article>
    </ModelTranslation>
  );
}

/** What the address says of the form; another tab leaves it, and all that hangs on it, as it is. */
function useStartSearch(): Omit<ModelSearch, "tab"> {
  const from = "/$owner/$name";
  const run = useSearch({ from, select: (search) => search.run });
  const example = useSearch({ from, select: (search) => search.example });
  const written = useSearch({ from, select: ({ input, loras }) => JSON.stringify({ ...(input && { input }), ...(loras && { loras }) }) });
  return useMemo(
    () => ({ ...(run && { run }), ...(example && { example }), ...(JSON.parse(written) as Pick<ModelSearch, "input" | "loras">) }),
    [run, example, written],
  );
}

export interface Start {
  key: string;
  values: Values;
  loras: Chosen;
  prediction: Prediction | null;
  example: string | null;
  examples: readonly Schemas["ItemReply"][];
}

/** What the form begins with: the address's inputs, an own run's, an example's, or the first example's; null while unknown. */
function useStart(reference: Reference, search: Omit<ModelSearch, "tab">, fields: readonly Field[]): Start | null {
  const account = useAccount();
  const run = useQuery({ ...predictionQuery(search.run ?? ""), enabled: search.run !== undefined && Boolean(account) });
  const examples = useQuery(examplesQuery(reference));
  return useMemo(() => {
    const key = `${reference.owner}/${reference.name}?${search.run ?? ""}&${search.example ?? ""}&${JSON.stringify([search.input, search.loras])}`;
    const shown = examples.data ?? [];
    const loras = search.loras ?? NONE;
    if (search.input) return { key, values: valuesFrom(fields, search.input), loras, prediction: null, example: null, examples: shown };
    if (search.run !== undefined && account !== null) {
      if (run.isPending) return null;
      if (run.data) {
        const chosen = Object.fromEntries(run.data.loras.map(({ model, weight }) => [model, weight]));
        return { key, values: valuesFrom(fields, run.data.input), loras: chosen, prediction: run.data, example: null, examples: shown };
      }
    }
    if (examples.isPending) return null;
    const example = shown.find((each) => each.id === search.example) ?? shown[0];
    if (example === undefined) return { key, values: initialValues(fields), loras, prediction: null, example: null, examples: shown };
    return { key, values: valuesFrom(fields, example.input), loras, prediction: null, example: example.id, examples: shown };
  }, [reference.owner, reference.name, search, fields, account, run.isPending, run.data, examples.isPending, examples.data]);
}
