/** How a film plays, whole or coarse: which frame comes next, and when. */
import type { Ending } from "./walk";

export const SPEEDS = [0.25, 0.5, 1, 2] as const;

/** Fewer frames than ordered stand longer, so that a coarse film takes as long as the whole one will. */
export const frameTime_s = (film: { frames: number; fps: number }, rendered: number, speed: number): number =>
  (film.frames / film.fps / Math.max(1, Math.min(rendered, film.frames))) / speed;

export interface Step {
  index: number;
  direction: 1 | -1;
  /** Whether the film is over. */
  ended: boolean;
}

/** The frame after one; a film that goes there and back turns at its ends. */
export function nextStep({ index, direction }: Omit<Step, "ended">, count: number, ending: Ending, repeat: boolean): Step {
  if (count < 2) return { index: 0, direction: 1, ended: true };
  const next = index + direction;
  if (next >= 0 && next < count) return { index: next, direction, ended: false };
  if (ending === "ping-pong" && direction === 1) return { index: count - 2, direction: -1, ended: false };
  if (!repeat) return { index, direction: 1, ended: true };
  return { index: ending === "ping-pong" ? 1 : 0, direction: 1, ended: false };
}
