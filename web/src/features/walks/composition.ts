/** A walk while it is composed: plain data, changed by functions that give a new one. */
import { initialValues, inputOf, missing, valuesFrom, type Value, type Values } from "~/features/model/fields";
import type { Easing, Ending, Spacing, WalkBody } from "./walk";
import { ownFields, sharedFields, type Plan } from "./walkable";

export const MOST_KEYFRAMES = 20;
export const FEWEST_KEYFRAMES = 2;
export const [FEWEST_FRAMES, MOST_FRAMES] = [2, 2000];
export const MOST_FPS = 60;
const SEED_END = 100_000; // short seeds can be read out

export interface Keyframe {
  /** Of this page alone, so that a card keeps its state when it is moved. */
  id: number;
  values: Values;
  isPicture: boolean;
}
export interface FilmSettings {
  frames: number;
  ending: Ending;
  easing: Easing;
  spacing: Spacing;
  sharing: number;
  fps: number;
}
export interface Composition {
  keyframes: readonly Keyframe[];
  shared: Values;
  /** The names of the inputs that each keyframe has of its own. */
  own: readonly string[];
  film: FilmSettings;
  title: string;
}
/** A walk as the API writes it, whole or in part: from an address, a run, an example, another walk. */
export interface Given extends Partial<FilmSettings> {
  keyframes?: readonly Readonly<Record<string, unknown>>[];
  input?: Readonly<Record<string, unknown>>;
  title?: string;
}

export const USUAL_FILM: FilmSettings = { frames: 60, ending: "stop", easing: "linear", spacing: "even", sharing: 0.5, fps: 24 };

/** A walk that begins with what an ordinary run was given. */
export function likeRun(plan: Plan, input: Readonly<Record<string, unknown>>): Given {
  const own = Object.fromEntries(plan.usual.filter((name) => name in input).map((name) => [name, input[name]]));
  return { keyframes: [own], input };
}

let lastId = 0;
const draw = () => Math.floor(Math.random() * SEED_END);

/** Fill the composer in; keyframes that are missing from two are added, seeds that are left open are drawn. */
export function composed(plan: Plan, given: Given): Composition {
  const keyframes = given.keyframes ?? [];
  const differing = plan.may.map(({ name }) => name).filter((name) => keyframes.some((each) => name in each));
  const own = plan.fields.map(({ name }) => name).filter((name) => plan.usual.includes(name) || differing.includes(name));
  const common = given.input ?? {};
  const shared = withSeeds(plan, valuesFrom(sharedFields(plan, own), common));
  const filled = keyframes.slice(0, MOST_KEYFRAMES).map((each): Keyframe => {
    const values = { ...valuesFrom(ownFields(plan, own), { ...common, ...each }), ...pictureIn(plan, each) };
    return { id: ++lastId, values, isPicture: plan.picture !== null && values[plan.picture.name] !== undefined };
  });
  while (filled.length < FEWEST_KEYFRAMES) filled.push(fresh(plan, own, filled.at(-1)));
  const film = Object.fromEntries(Object.keys(USUAL_FILM).map((name) => [name, given[name as keyof FilmSettings] ?? USUAL_FILM[name as keyof FilmSettings]]));
  return { keyframes: filled, shared, own, film: film as unknown as FilmSettings, title: given.title ?? "" };
}

function pictureIn({ picture }: Plan, keyframe: Readonly<Record<string, unknown>>): Values {
  const address = picture === null ? undefined : keyframe[picture.name];
  return picture !== null && typeof address === "string" ? { [picture.name]: address } : {};
}

/** Drawn here and not by the server, so that what a preview shows is what the walk will come by. */
const withSeeds = (plan: Plan, values: Values): Values => ({
  ...values,
  ...Object.fromEntries(
    plan.fields.filter((field) => field.kind === "seed" && field.drawn && field.name in values && values[field.name] === undefined).map(({ name }) => [name, draw()]),
  ),
});

/** A keyframe to go to: like the one before it, with another seed and no words yet. */
function fresh(plan: Plan, own: readonly string[], before: Keyframe | undefined): Keyframe {
  const kept = ownFields(plan, own).filter((field) => field.kind !== "text" && field.kind !== "seed");
  const values = { ...initialValues(ownFields(plan, own)), ...Object.fromEntries(kept.flatMap(({ name }) => (before ? [[name, before.values[name]]] : []))) };
  return { id: ++lastId, values: withSeeds(plan, values), isPicture: false };
}

export const withKeyframe = (plan: Plan, now: Composition): Composition =>
  now.keyframes.length >= MOST_KEYFRAMES ? now : { ...now, keyframes: [...now.keyframes, fresh(plan, now.own, now.keyframes.at(-1))] };

export const withoutKeyframe = (now: Composition, id: number): Composition =>
  now.keyframes.length <= FEWEST_KEYFRAMES ? now : { ...now, keyframes: now.keyframes.filter((each) => each.id !== id) };

export const changedKeyframe = (now: Composition, id: number, change: (keyframe: Keyframe) => Keyframe): Composition => ({
  ...now,
  keyframes: now.keyframes.map((each) => (each.id === id ? change(each) : each)),
});

/** Put a keyframe at another place of the path; those between move up. */
export function moved(now: Composition, from: number, to: number): Composition {
  const keyframes = [...now.keyframes];
  const [taken] = keyframes.splice(from, 1);
  if (taken === undefined) return now;
  keyframes.splice(Math.max(0, Math.min(keyframes.length, to)), 0, taken);
  return { ...now, keyframes };
}

/** Let each keyframe have an input of its own, or all the same one: values go along. */
export function withOwn(plan: Plan, now: Composition, own: readonly string[]): Composition {
  const names = plan.fields.map(({ name }) => name).filter((name) => own.includes(name));
  if (names.length === 0) return now;
  const first = now.keyframes[0]?.values ?? {};
  const shared = Object.fromEntries(sharedFields(plan, names).map(({ name }) => [name, name in now.shared ? now.shared[name] : first[name]]));
  const keyframes = now.keyframes.map((each) => {
    const values = Object.fromEntries(names.map((name) => [name, name in each.values ? each.values[name] : now.shared[name]]));
    return { ...each, values: { ...values, ...(plan.picture && each.values[plan.picture.name] !== undefined ? { [plan.picture.name]: each.values[plan.picture.name] } : {}) } };
  });
  return { ...now, own: names, shared, keyframes };
}

/** The inputs of one keyframe alone; a picture stands for words that are left empty. */
export function keyframeInput(plan: Plan, { own }: Composition, keyframe: Keyframe): Record<string, unknown> {
  const input = inputOf(ownFields(plan, own), keyframe.values);
  const picture = plan.picture && keyframe.isPicture ? keyframe.values[plan.picture.name] : undefined;
  return plan.picture && picture !== undefined ? { ...input, [plan.picture.name]: picture } : input;
}

/** All the inputs of an ordinary run that shows a keyframe. */
export const runInput = (plan: Plan, now: Composition, keyframe: Keyframe): Record<string, unknown> => ({
  ...inputOf(sharedFields(plan, now.own), now.shared),
  ...keyframeInput(plan, now, keyframe),
});

export function bodyOf(model: string, plan: Plan, now: Composition): WalkBody {
  const title = now.title.trim();
  return {
    model,
    keyframes: now.keyframes.map((each) => keyframeInput(plan, now, each)),
    input: inputOf(sharedFields(plan, now.own), now.shared),
    ...now.film,
    ...(title === "" ? {} : { title }),
  };
}

/** The dotted names of what is needed and still empty. */
export function gaps(plan: Plan, now: Composition): string[] {
  const inKeyframes = now.keyframes.flatMap((each, place) => {
    const picture = plan.picture && each.isPicture && each.values[plan.picture.name] === undefined ? [plan.picture.name] : [];
    const words = each.isPicture ? [] : missing(ownFields(plan, now.own), each.values);
    return [...picture, ...words].map((name) => `keyframes.${String(place)}.${name}`);
  });
  return [...inKeyframes, ...missing(sharedFields(plan, now.own), now.shared).map((name) => `input.${name}`)];
}

/** Which control an error belongs to, as `gaps` names them; null if none. */
export function placeOf(field: string | null, now: Composition): string | null {
  const path = (field ?? "").replace(/^body\./, "").replace(/\[(\d+)\]/g, ".$1").replace(/^inputs?\./, "input.");
  const keyframe = /^keyframes\.(\d+)(?:\.(\w+))?/.exec(path);
  if (keyframe !== null) {
    const place = Number(keyframe[1]);
    if (keyframe[2] !== undefined && keyframe[2] in now.shared) return `input.${keyframe[2]}`; // every keyframe lacks it
    return place < now.keyframes.length ? `keyframes.${String(place)}${keyframe[2] ? `.${keyframe[2]}` : ""}` : null;
  }
  const shared = /^input\.(\w+)/.exec(path);
  if (shared !== null) return shared[1] !== undefined && shared[1] in now.shared ? `input.${shared[1]}` : null;
  return path in now.film ? path : null;
}

export const setValue = (keyframe: Keyframe, name: string, value: Value): Keyframe => ({ ...keyframe, values: { ...keyframe.values, [name]: value } });

/** How long the film plays, there and back where it goes back. */
export const lengthOf_s = ({ frames, fps, ending }: Pick<FilmSettings, "frames" | "fps" | "ending">): number =>
  (ending === "ping-pong" ? Math.max(frames, 2 * frames - 2) : frames) / fps;
