/** Walks, frames and films by their short names. */
import type { Schemas } from "~/api/client";

export type Walk = Schemas["WalkReply"];
export type Frame = Schemas["FrameReply"];
export type Film = Schemas["FilmReply"];
export type Quote = Schemas["WalkQuote"];
export type Ending = Walk["ending"];
export type Easing = Walk["easing"];
export type Spacing = Walk["spacing"];
export type Format = Film["format"];

/** What `POST /v1/walks` takes; a `File` among the inputs is sent before. */
export interface WalkBody {
  model: string;
  keyframes: Record<string, unknown>[];
  input: Record<string, unknown>;
  frames: number;
  ending: Ending;
  easing: Easing;
  spacing: Spacing;
  sharing: number;
  fps: number;
  title?: string;
}
