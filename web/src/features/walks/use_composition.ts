/** The composition on the page: its state, what is wrong with it, and the draft that is kept of it. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { composed, likeRun, placeOf, type Composition } from "./composition";
import { givenOf, keepDraft } from "./draft";
import type { Start } from "./use_start";
import type { Plan } from "./walkable";

export type Change = (change: (now: Composition) => Composition) => void;
export type Faults = Readonly<Record<string, string>>;

const DRAFT_MS = 500;

export function useComposition(model: string, plan: Plan, start: Start) {
  const [composition, setComposition] = useState(() => composed(plan, start.given ?? (start.like ? likeRun(plan, start.like) : {})));
  const [faults, setFaults] = useState<Faults>({});
  const change = useCallback<Change>((next) => {
    setComposition(next);
    setFaults({}); // what was wrong is asked again
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => keepDraft({ model, given: givenOf(model, plan, composition) }), DRAFT_MS);
    return () => clearTimeout(timer);
  }, [model, plan, composition]);
  return useMemo(() => ({ composition, change, faults, setFaults }), [composition, change, faults]);
}

/** The faults by their place, the server's refusal among them where it names one. */
export function withRefusal(faults: Faults, now: Composition, refusal: { field: string | null; shown: string } | null): { faults: Faults; elsewhere: string | null } {
  if (refusal === null) return { faults, elsewhere: null };
  const place = placeOf(refusal.field, now);
  return place === null ? { faults, elsewhere: refusal.shown } : { faults: { ...faults, [place]: refusal.shown }, elsewhere: null };
}

/** The faults below a dotted name, by what follows it. */
export const faultsOf = (faults: Faults, place: string): Faults =>
  Object.fromEntries(Object.entries(faults).flatMap(([name, text]) => (name.startsWith(`${place}.`) ? [[name.slice(place.length + 1), text]] : [])));
