/** One file on its way to the server in parts; a lost connection is waited for, and a later visit goes on. */
import { useCallback, useEffect, useRef, useState } from "react";
import { api, ask, send } from "~/api/client";
import { asProblem, type Problem } from "~/api/problem";
import type { Upload } from "./queries";

export type Sending =
  | { state: "idle" }
  | { state: "sending"; file: File; received_bytes: number; waiting: boolean }
  | { state: "stopped"; file: File; upload: Upload | null; problem: Problem };

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const AWAY = new Set([0, 502, 503, 504]);

export function useUpload(onComplete: (upload: Upload) => void) {
  const [sending, setSending] = useState<Sending>({ state: "idle" });
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const start = useCallback(
    async (file: File, begun: Upload | null) => {
      stop.current?.abort();
      const control = new AbortController();
      stop.current = control;
      let upload = begun;
      const show = (received_bytes: number, waiting: boolean) => setSending({ state: "sending", file, received_bytes, waiting });
      show(begun?.received_bytes ?? 0, false);
      try {
        upload ??= await ask(api.POST("/v1/uploads", { body: { file_name: file.name, size_bytes: file.size } }));
        while (upload.received_bytes < file.size) {
          upload = await nextPart(upload, file, control.signal, (received_bytes) => show(received_bytes, true));
          show(upload.received_bytes, false);
        }
        if (control.signal.aborted) return;
        setSending({ state: "idle" });
        onComplete(upload);
      } catch (error) {
        if (!control.signal.aborted) setSending({ state: "stopped", file, upload, problem: asProblem(error) });
      }
    },
    [onComplete],
  );

  const pause = useCallback(() => {
    stop.current?.abort();
    setSending({ state: "idle" });
  }, []);
  return { sending, start, pause };
}

/** Send one part, again and again while the server is away; where it has other bytes than we think, go on from those. */
async function nextPart(upload: Upload, file: File, signal: AbortSignal, onWait: (received_bytes: number) => void): Promise<Upload> {
  for (let failures = 0; ; failures += 1) {
    const offset = upload.received_bytes;
    try {
      return await send<Upload>(`/v1/uploads/${encodeURIComponent(upload.id)}?offset=${offset}`, {
        method: "PUT",
        headers: { "Content-Type": "application/octet-stream" },
        body: file.slice(offset, offset + upload.chunk_bytes),
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw error;
      const problem = asProblem(error);
      const received_bytes = problem.facts["received_bytes"];
      if (problem.code === "upload_offset_wrong" && typeof received_bytes === "number") return { ...upload, received_bytes };
      const wait_ms = WAITS_MS[failures];
      if (!AWAY.has(problem.status) || problem.code === "unexpected" || wait_ms === undefined) throw error;
      onWait(offset);
      await online(wait_ms, signal);
    }
  }
}

/** Wait, but no longer than until the connection is said to be back. */
function online(wait_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, wait_ms);
    window.addEventListener("online", go);
    signal.addEventListener("abort", go);
  });
}
