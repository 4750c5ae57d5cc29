/** What an address says to the composer: a model, and what to begin with. */
import type { Given } from "./composition";

export interface ComposerSearch {
  /** owner/name */
  model?: string;
  /** An item of the gallery whose walk or picture is taken up. */
  from?: string;
  /** A walk of one's own to walk again. */
  walk?: string;
  /** A run of one's own whose inputs are the first keyframe. */
  run?: string;
  /** The inputs of a run, for the first keyframe. */
  like?: Record<string, unknown>;
  /** A walk, written out. */
  start?: Given;
}

export function readComposerSearch(given: Record<string, unknown>): ComposerSearch {
  const found: ComposerSearch = {};
  for (const name of ["model", "from", "walk", "run"] as const) {
    const value = given[name];
    if (typeof value === "string" && value !== "") found[name] = value;
  }
  if (isObject(given["like"])) found.like = given["like"];
  const start = given["start"];
  if (isObject(start)) found.start = readGiven(start);
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isOneOf = <Word extends string>(words: readonly Word[], value: unknown): value is Word => words.some((word) => word === value);

/** A stranger's link may hold anything: what is not of a walk is left out, what is out of its range the server will name. */
export function readGiven(given: Record<string, unknown>): Given {
  const found: Given = {};
  if (Array.isArray(given["keyframes"])) found.keyframes = given["keyframes"].filter(isObject);
  if (isObject(given["input"])) found.input = given["input"];
  for (const name of ["frames", "sharing", "fps"] as const) {
    const value = given[name];
    if (typeof value === "number" && Number.isFinite(value)) found[name] = value;
  }
  if (isOneOf(["stop", "loop", "ping-pong"], given["ending"])) found.ending = given["ending"];
  if (isOneOf(["linear", "smooth"], given["easing"])) found.easing = given["easing"];
  if (isOneOf(["even", "uniform"], given["spacing"])) found.spacing = given["spacing"];
  if (typeof given["title"] === "string") found.title = given["title"];
  return found;
}
