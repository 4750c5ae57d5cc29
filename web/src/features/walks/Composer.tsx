import { Alert } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey, type Schemas } from "~/api/client";
import { asProblem, type Problem } from "~/api/problem";
import { walletKey } from "~/layout/TopBar";
import { useAccount } from "~/session/session";
import { bodyOf, gaps, runInput } from "./composition";
import css from "./Composer.module.css";
import { forgetDraft, givenOf, keepDraft } from "./draft";
import { ExampleWalks } from "./ExampleWalks";
import { FilmForm } from "./FilmForm";
import { Keyframes } from "./Keyframes";
import { ModelChoice } from "./ModelChoice";
import { keyOf, picturesOf, type Pictures } from "./pictures";
import { startWalk, walksKey, walkQuery, withPictures } from "./queries";
import { SharedForm } from "./SharedForm";
import { StartBox } from "./StartBox";
import { useComposition, withRefusal } from "./use_composition";
import { useQuote } from "./use_quote";
import type { Start } from "./use_start";
import type { Plan } from "./walkable";

interface Props {
  model: Schemas["ModelReply"];
  plan: Plan;
  start: Start;
  examples: readonly Schemas["ItemReply"][];
}

/** Everything that makes a walk: a model, its keyframes, the film, and what it costs. */
export function Composer({ model, plan, start, examples }: Props) {
  const { t } = useTranslation("walks");
  const name = `${model.owner}/${model.name}`;
  const navigate = useNavigate();
  const { composition, change, faults, setFaults } = useComposition(name, plan, start);
  const { pictures, addPicture } = usePictures(plan, start, examples, composition);
  const { quote, refusal: asked, whole, asking } = useQuote(name, plan, composition);
  const { begin, busy, refused, forget } = useBeginning(model, plan);
  const refusal = refused ?? asked;
  const { faults: shown, elsewhere } = withRefusal(faults, composition, refusal);
  const changed: typeof change = useCallback((next) => { forget(); change(next); }, [forget, change]);
  const go = () => {
    const empty = gaps(plan, composition);
    setFaults(Object.fromEntries(empty.map((place) => [place, t("required", { ns: "model" })])));
    if (empty.length === 0) void begin(composition);
    else document.querySelector("[data-keyframes]")?.scrollIntoView({ block: "start" });
  };
  const chooseModel = (other: string) => {
    keepDraft({ model: other, given: givenOf(other, plan, composition) });
    void navigate({ to: "/walks/new", search: { model: other } });
  };
  return (
    <form className={css.columns} noValidate onSubmit={(event) => { event.preventDefault(); go(); }}>
      <div className={css.main}>
        <ModelChoice model={model} onChoose={chooseModel} />
        <ExampleWalks plan={plan} examples={examples} onChoose={changed} />
        <Keyframes model={model} plan={plan} composition={composition} onChange={changed} faults={shown} pictures={pictures} onPicture={addPicture} />
        <SharedForm plan={plan} composition={composition} onChange={changed} faults={shown} examples={examples} />
      </div>
      <FilmForm pipeline={model.pipeline} composition={composition} onChange={changed} faults={shown} />
      <StartBox quote={quote} asking={asking} whole={whole} busy={busy} film={composition.film}>
        {elsewhere ? <Alert color="red" role="alert">{elsewhere}</Alert> : null}
      </StartBox>
    </form>
  );
}

/** Pictures that are known: of the showcase, of the run that the walk begins with, and of previews made here. */
function usePictures(plan: Plan, start: Start, examples: Props["examples"], composition: Parameters<typeof runInput>[1]) {
  const shown = useMemo(() => picturesOf(plan, examples), [plan, examples]);
  const [made, setMade] = useState<Pictures>(() => {
    const first = composition.keyframes[0];
    return new Map(start.picture && first ? [[keyOf(plan, runInput(plan, composition, first)), start.picture]] : []);
  });
  const addPicture = useCallback((key: string, address: string) => setMade((before) => new Map(before).set(key, address)), []);
  return { pictures: useMemo(() => new Map([...shown, ...made]), [shown, made]), addPicture };
}

/** Start the walk, once however often it is asked for, and go where it can be watched. */
function useBeginning(model: Schemas["ModelReply"], plan: Plan) {
  const account = useAccount();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const name = `${model.owner}/${model.name}`;
  const key = useRef<string>(undefined);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const forget = useCallback(() => {
    key.current = undefined;
    setRefused(null);
  }, []);
  const begin = async (composition: Parameters<typeof bodyOf>[2]) => {
    if (account === null) {
      keepDraft({ model: name, given: givenOf(name, plan, composition) });
      return navigate({ to: "/login", search: { to: `/walks/new?model=${name}` } });
    }
    if (busy) return;
    setBusy(true);
    setRefused(null);
    key.current ??= idempotencyKey(); // the same walk asked for again after a lost connection is the same walk
    try {
      const walk = await startWalk(await withPictures(bodyOf(name, plan, composition)), key.current);
      forgetDraft();
      cache.setQueryData(walkQuery(walk.id).queryKey, walk);
      void cache.invalidateQueries({ queryKey: [...walksKey, "list"] });
      void cache.invalidateQueries({ queryKey: walletKey });
      await navigate({ to: "/walks/$id", params: { id: walk.id } });
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code !== "unreachable") key.current = undefined;
      setRefused(problem);
      setBusy(false);
    }
  };
  return { begin, busy, refused, forget };
}
