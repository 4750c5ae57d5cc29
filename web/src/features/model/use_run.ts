/** One run from the click to its result: made once, followed by server-sent events, cancelled on request. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, ask, idempotencyKey, type Schemas } from "~/api/client";
import { asProblem, Problem } from "~/api/problem";
import { walletKey } from "~/layout/TopBar";
import { withFilesSent } from "./files";
import { lorasOf, NONE, type Chosen } from "./loras/chosen";

export type Prediction = Schemas["PredictionReply"];
export interface Progress {
  step: number;
  steps: number;
  preview: string | null;
}
export type Run =
  | { state: "idle" }
  | { state: "running"; id: string | null; progress: Progress | null; cancelling: boolean }
  | { state: "ended"; prediction: Prediction }
  | { state: "refused"; problem: Problem };

const SHORT_WAIT = "wait=1"; // a quick model answers in the first reply, without a stream
const FINAL = new Set(["succeeded", "failed", "canceled", "aborted"]);
export const isFinal = (prediction: Prediction): boolean => FINAL.has(prediction.status);

export function useRun(owner: string, name: string) {
  const cache = useQueryClient();
  const [run, setRun] = useState<Run>({ state: "idle" });
  const busy = useRef(false);
  const wantsCancel = useRef(false);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const settle = useCallback(
    (next: Run) => {
      busy.current = false;
      setRun(next);
      void cache.invalidateQueries({ queryKey: walletKey });
      void cache.invalidateQueries({ queryKey: ["predictions"] });
    },
    [cache],
  );

  /** Follow a run that exists already, such as one found again after the tab was closed. */
  const follow = useCallback(
    async (id: string) => {
      stop.current?.abort();
      const control = new AbortController();
      stop.current = control;
      busy.current = true;
      setRun({ state: "running", id, progress: null, cancelling: false });
      try {
        await streamed(id, control.signal, (progress) =>
          setRun((now) => (now.state === "running" ? { ...now, progress } : now)),
        );
        const prediction = await ask(api.GET("/v1/predictions/{prediction_id}", { params: { path: { prediction_id: id } } }));
        if (!control.signal.aborted) settle({ state: "ended", prediction });
      } catch (error) {
        if (!control.signal.aborted) settle({ state: "refused", problem: asProblem(error) });
      }
    },
    [settle],
  );

  const cancel = useCallback(async () => {
    wantsCancel.current = true;
    const id = run.state === "running" ? run.id : null;
    setRun((now) => (now.state === "running" ? { ...now, cancelling: true } : now));
    if (id !== null) await cancelById(id).catch(() => undefined); // the stream tells how it ended
  }, [run]);

  const start = useCallback(
    async (input: Record<string, unknown>, loras: Chosen = NONE) => {
      if (busy.current) return; // a double click runs once
      busy.current = true;
      wantsCancel.current = false;
      setRun({ state: "running", id: null, progress: null, cancelling: false });
      try {
        const prediction = await create(owner, name, { input: await withFilesSent(input), loras });
        if (isFinal(prediction)) return settle({ state: "ended", prediction });
        if (wantsCancel.current) await cancelById(prediction.id);
        await follow(prediction.id);
      } catch (error) {
        settle({ state: "refused", problem: asProblem(error) });
      }
    },
    [owner, name, follow, settle],
  );

  const show = useCallback((prediction: Prediction) => setRun({ state: "ended", prediction }), []);
  return { run, start, cancel, follow, show };
}

const cancelById = (prediction_id: string) =>
  ask(api.POST("/v1/predictions/{prediction_id}/cancel", { params: { path: { prediction_id } } }));

/** Ask for a run; when the connection breaks the same request is sent again under the same key, so it is paid once. */
async function create(owner: string, name: string, asked: { input: Record<string, unknown>; loras: Chosen }): Promise<Prediction> {
  const headers = { Prefer: SHORT_WAIT, "Idempotency-Key": idempotencyKey() };
  const once = () =>
    ask(
      api.POST("/v1/models/{owner}/{name}/predictions", {
        params: { path: { owner, name }, header: { prefer: headers.Prefer, "idempotency-key": headers["Idempotency-Key"] } },
        body: { input: asked.input as Record<string, never>, loras: lorasOf(asked.loras) },
      }),
    );
  try {
    return await once();
  } catch (error) {
    if (asProblem(error).code !== "unreachable") throw error;
    return await once();
  }
}

/** Wait for the end of a run. EventSource itself goes on after a lost connection. */
function streamed(id: string, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`/v1/predictions/${encodeURIComponent(id)}/stream?progress=true`);
    const end = (how: () => void) => {
      source.close();
      how();
    };
    source.addEventListener("progress", (event: MessageEvent<string>) => onProgress(JSON.parse(event.data) as Progress));
    source.addEventListener("done", () => end(resolve));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) end(resolve); // refused: the next request says why
    });
    signal.addEventListener("abort", () => end(() => reject(new DOMException("stopped", "AbortError"))));
  });
}
