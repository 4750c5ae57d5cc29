/** The frames of a walk as they come: each has a place on the path, and they come in any order. */
import type { Frame, Walk } from "./walk";

/** How long the path is, in ways between keyframes: a loop has one more, back to the first. */
export const spanOf = ({ keyframes, ending }: Pick<Walk, "keyframes" | "ending">): number =>
  Math.max(1, ending === "loop" ? keyframes.length : keyframes.length - 1);

/** Put frames where they belong; one that is there already is replaced, as its distance may have been measured anew. */
export function withFrames(frames: readonly Frame[], came: readonly Frame[]): readonly Frame[] {
  if (came.length === 0) return frames;
  const at = new Map(frames.map((frame) => [frame.place, frame]));
  for (const frame of came) {
    const before = at.get(frame.place);
    // links are signed anew each time: the picture that is loaded already stays
    at.set(frame.place, before ? { ...frame, url: before.url, thumbnail_url: before.thumbnail_url ?? frame.thumbnail_url } : frame);
  }
  return [...at.values()].sort((one, other) => one.place - other.place);
}

/** The last frame at or before a place; -1 if there is none. */
export function indexAt(frames: readonly Frame[], place: number): number {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle]?.place ?? Infinity) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The frame that is nearest to a place; -1 if there is none. */
export function nearest(frames: readonly Frame[], place: number): number {
  const before = indexAt(frames, place);
  const after = before + 1;
  if (before < 0) return frames.length > 0 ? 0 : -1;
  const [one, other] = [frames[before], frames[after]];
  if (one === undefined || other === undefined) return before;
  return place - one.place <= other.place - place ? before : after;
}

/** A strip of equal slots along the path: in each the frame nearest its middle, or nothing where one may come yet. */
export function stripOf(frames: readonly Frame[], slots: number, span: number, isWhole: boolean): (Frame | null)[] {
  const width = span / slots;
  return Array.from({ length: slots }, (_, slot) => {
    const found = frames[nearest(frames, (slot + 0.5) * width)];
    if (found === undefined) return null;
    const isLast = slot === slots - 1; // the last keyframe stands on the strip's end
    const inside = found.place >= slot * width && (isLast ? found.place <= span : found.place < (slot + 1) * width);
    return inside || isWhole ? found : null;
  });
}

const WINDOW = 24;

/** Seconds until the last frame, by how fast the newest came; null as long as nobody can tell. */
export function timeLeft_s(arrivals_s: readonly number[], frames: number, rendered: number): number | null {
  const newest = arrivals_s.slice(-WINDOW);
  const [first, last] = [newest[0], newest.at(-1)];
  if (first === undefined || last === undefined || newest.length < 3 || last <= first) return null;
  return ((frames - rendered) * (last - first)) / (newest.length - 1);
}

export interface Point {
  /** Where the stretch up to the next frame begins, in keyframes counted from one. */
  place: number;
  distance: number;
}

/** What the plot of evenness shows: how far apart neighbouring frames look. */
export const distancesOf = (frames: readonly Frame[]): Point[] =>
  frames.flatMap(({ place, distance }) => (distance === null ? [] : [{ place: 1 + place, distance }]));

/** Standard deviation by mean: 0 is perfectly even; null for fewer than two distances. */
export function unevenness(points: readonly Point[]): number | null {
  if (points.length < 2) return null;
  const mean = points.reduce((sum, { distance }) => sum + distance, 0) / points.length;
  if (mean === 0) return null;
  const variance = points.reduce((sum, { distance }) => sum + (distance - mean) ** 2, 0) / points.length;
  return Math.sqrt(variance) / mean;
}
