import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { useAccount } from "~/session/session";
import { canWalk } from "~/features/walks/walking";
import { Icon } from "~/layout/icons";
import { ButtonLink } from "~/layout/links";
import { inputOf, missing, withoutFiles, type Field, type Value } from "./fields";
import { InputForm } from "./InputForm";
import type { Start } from "./ModelPage";
import css from "./ModelPage.module.css";
import { OwnRuns } from "./OwnRuns";
import { RunButton } from "./RunButton";
import { showInputs } from "./shown_inputs";
import { Stage } from "./Stage";
import { isFinal, useRun } from "./use_run";

const LiveCamera = lazy(() => import("./LiveCamera"));

interface Props {
  model: Schemas["ModelReply"];
  fields: readonly Field[];
  start: Start;
  examples: readonly Schemas["ItemReply"][];
}

/** The form and what comes out, side by side. */
export function Workbench({ model, fields, start, examples }: Props) {
  const { t } = useTranslation("model");
  const account = useAccount();
  const navigate = useNavigate();
  const [values, setValues] = useState(start.values);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const { run, start: begin, cancel, follow, show } = useRun(model.owner, model.name);
  const stage = useRef<HTMLElement>(null);
  const input = inputOf(fields, values);
  useEffect(() => showInputs(input));
  useStartingRun(start, follow, show);
  useNarrowScroll(run.state === "running", stage);

  const change = useCallback((name: string, value: Value) => {
    setValues((now) => ({ ...now, [name]: value }));
    setErrors((now) => Object.fromEntries(Object.entries(now).filter(([other]) => other !== name)));
  }, []);
  const go = () => {
    if (account === null) {
      const back = `/${model.owner}/${model.name}?input=${encodeURIComponent(JSON.stringify(withoutFiles(input)))}`;
      return void navigate({ to: "/login", search: { to: back } });
    }
    const empty = missing(fields, values);
    setErrors(Object.fromEntries(empty.map((name) => [name, t("required")])));
    if (empty.length === 0) void begin(input);
  };
  const refusal = run.state === "refused" ? run.problem : null;
  const refusedField = refusal?.field?.match(/^inputs?\.([^.]+)/)?.[1] ?? null;
  const shownErrors = refusal && refusedField ? { ...errors, [refusedField]: refusal.shown } : errors;
  return (
    <section className={css.bench} aria-label={t("workbench")}>
      <form className={css.form} noValidate onSubmit={(event) => { event.preventDefault(); go(); }}>
        <InputForm fields={fields} values={values} errors={shownErrors} examples={examples} onChange={change} />
        <RunButton model={model} run={run} loggedIn={account !== null} onCancel={() => void cancel()} />
        {canWalk(model) ? (
          <ButtonLink to="/walks/new" search={{ model: `${model.owner}/${model.name}`, like: withoutFiles(input) }} variant="default"
            leftSection={<Icon name="walks" size={16} />}>
            {t(model.pipeline === "text-to-image" ? "walkPrompts" : "walkPictures")}
          </ButtonLink>
        ) : null}
        {model.pipeline === "image-to-label" && account ? (
          <Suspense>
            <LiveCamera model={model} fields={fields} values={values} />
          </Suspense>
        ) : null}
      </form>
      <section className={css.stage} ref={stage} aria-label={t("result")}>
        <Stage model={model} run={run} input={input} fields={fields} onUse={change}
          example={examples.find((each) => each.id === start.example) ?? null} problem={refusedField ? null : refusal} />
        <OwnRuns model={model} shown={run.state === "ended" ? run.prediction.id : null} examples={examples} shownExample={run.state === "idle" ? start.example : null} />
      </section>
    </section>
  );
}

/** A run that the address names is shown; one that still works is followed to its end. */
function useStartingRun(start: Start, follow: (id: string) => Promise<void>, show: (prediction: NonNullable<Start["prediction"]>) => void) {
  const begun = useRef(false);
  useEffect(() => {
    if (start.prediction === null || begun.current) return;
    begun.current = true;
    if (isFinal(start.prediction)) show(start.prediction);
    else void follow(start.prediction.id);
  }, [start, follow, show]);
}

/** On a phone the result is above the form: bring it into view when a run begins. */
function useNarrowScroll(running: boolean, stage: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (running && window.matchMedia("(max-width: 860px)").matches) stage.current?.scrollIntoView({ block: "start" });
  }, [running, stage]);
}
