/** A film that plays while it grows: it stands at a place of the path, so frames that land elsewhere do not move it. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Ending, Frame } from "./walk";
import { nearest } from "./frames";
import { frameTime_s, nextStep, type Step } from "./playback";

const AHEAD = 12;
const MOST_AT_ONCE = 4;
const MOST_LOADED = 400;

export interface Film {
  frames: number;
  fps: number;
  ending: Ending;
}

export function usePlayback(frames: readonly Frame[], film: Film) {
  const [place, setPlace] = useState(0);
  const [playing, setPlaying] = useState(() => !window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [speed, setSpeed] = useState(1);
  const [repeat, setRepeat] = useState(true);
  const index = nearest(frames, place);
  const direction = useRef<1 | -1>(1);
  const loaded = useLoaded(frames, index);
  const now = useRef({ frames, film, place, speed, repeat });
  useEffect(() => void (now.current = { frames, film, place, speed, repeat }));

  const seek = useCallback((to: number) => {
    now.current.place = to;
    direction.current = 1;
    setPlace(to);
  }, []);
  useEffect(() => {
    if (!playing) return;
    let [before_ms, debt_s, handle] = [performance.now(), 0, 0];
    const tick = (at_ms: number) => {
      const { frames, film, speed, repeat, place } = now.current;
      const each_s = frameTime_s(film, frames.length, speed);
      debt_s = Math.min(debt_s + Math.max(0, at_ms - before_ms) / 1000, MOST_AT_ONCE * each_s); // a tab that was away does not catch up
      before_ms = at_ms;
      let step: Step = { index: nearest(frames, place), direction: direction.current, ended: false };
      while (debt_s >= each_s && frames.length > 1) {
        const next = nextStep(step, frames.length, film.ending, repeat);
        const isThere = next.ended || loaded.has(frames[next.index]?.url ?? "");
        debt_s = isThere ? debt_s - each_s : 0; // a picture that is on its way is waited for
        if (isThere) step = next;
        if (step.ended) break;
      }
      direction.current = step.direction;
      const found = frames[step.index];
      if (step.ended) setPlaying(false);
      if (found !== undefined && found.place !== place) setPlace((now.current.place = found.place));
      handle = requestAnimationFrame(tick);
    };
    handle = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(handle);
  }, [playing, loaded]);

  const step = useCallback((by: 1 | -1) => {
    setPlaying(false);
    const { frames, place } = now.current;
    const found = frames[Math.max(0, Math.min(frames.length - 1, nearest(frames, place) + by))];
    if (found) seek(found.place);
  }, [seek]);
  const toggle = useCallback(() => {
    const { frames, place } = now.current;
    const isOver = !playing && nearest(frames, place) === frames.length - 1;
    if (isOver) seek(frames[0]?.place ?? 0);
    setPlaying(!playing);
  }, [playing, seek]);
  return useMemo(
    () => ({ place, index, playing, speed, repeat, seek, step, toggle, setSpeed, setRepeat, pause: () => setPlaying(false) }),
    [place, index, playing, speed, repeat, seek, step, toggle],
  );
}

export type Playback = ReturnType<typeof usePlayback>;

/** The addresses of pictures that can be shown at once; those that come next are loaded ahead, old ones let go. */
function useLoaded(frames: readonly Frame[], index: number): ReadonlySet<string> {
  const [loaded] = useState(() => new Set<string>());
  const held = useRef(new Map<string, HTMLImageElement>());
  useEffect(() => {
    if (index < 0 || frames.length === 0) return;
    for (let ahead = 0; ahead < Math.min(AHEAD, frames.length); ahead += 1) {
      for (const place of [index + ahead, index - ahead]) {
        const url = frames[(place + frames.length) % frames.length]?.url;
        if (url === undefined || held.current.has(url)) continue;
        const picture = new Image();
        picture.src = url;
        held.current.set(url, picture);
        picture.decode().catch(() => held.current.delete(url)).finally(() => loaded.add(url)); // a broken one must not hold the film up
      }
    }
    for (const url of held.current.keys()) {
      if (held.current.size <= MOST_LOADED) break;
      held.current.delete(url);
      loaded.delete(url);
    }
  }, [frames, index, loaded]);
  return loaded;
}
