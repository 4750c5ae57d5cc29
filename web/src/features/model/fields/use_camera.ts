import { useCallback, useEffect, useRef, useState } from "react";

export type Facing = "environment" | "user";
/** What is wrong: it was not allowed, there is none, another program holds it, or the page may not ask. */
export type CameraTrouble = "denied" | "none" | "busy" | "insecure";
type State = "asking" | "ready" | CameraTrouble;

const JPEG_QUALITY = 0.85;
const TROUBLES: Readonly<Record<string, CameraTrouble>> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

const wanted = (facing: Facing): MediaStreamConstraints => ({ video: { facingMode: facing, width: { ideal: 1280 } }, audio: false });

/** The camera in a video element for as long as its component is shown; then it is switched off. */
export function useCamera(facing: Facing = "environment") {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<State>("asking");
  const [tries, setTries] = useState(0);
  const retry = useCallback(() => {
    setState("asking");
    setTries((before) => before + 1);
  }, []);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    const open = async () => {
      // a page that did not come over HTTPS has no cameras at all
      if ((navigator.mediaDevices as MediaDevices | undefined) === undefined) return setState("insecure");
      try {
        stream = await navigator.mediaDevices.getUserMedia(wanted(facing));
        if (gone || video.current === null) return stream.getTracks().forEach((track) => track.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setState("ready");
      } catch (error) {
        if (!gone) setState(TROUBLES[error instanceof DOMException ? error.name : ""] ?? "busy");
      }
    };
    void open();
    return () => {
      gone = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [facing, tries]);
  useAllowedLater(state === "denied", retry);
  const trouble = state === "asking" || state === "ready" ? null : state;
  return { video, ready: state === "ready", trouble, retry };
}

/** Go on by itself once the visitor allows the camera in the browser's own settings. */
function useAllowedLater(denied: boolean, retry: () => void): void {
  useEffect(() => {
    if (!denied) return;
    const control = new AbortController();
    const watch = async () => {
      const permission = await navigator.permissions.query({ name: "camera" as PermissionName });
      permission.addEventListener("change", () => permission.state === "granted" && retry(), { signal: control.signal });
    };
    watch().catch(() => undefined); // browsers that cannot tell have the button
    return () => control.abort();
  }, [denied, retry]);
}

/** Whether there is more than one camera to turn to; browsers tell once one of them may be used. */
export function useSeveralCameras(ready: boolean): boolean {
  const [several, setSeveral] = useState(false);
  useEffect(() => {
    if (!ready) return;
    void navigator.mediaDevices.enumerateDevices().then((found) => setSeveral(found.filter(({ kind }) => kind === "videoinput").length > 1));
  }, [ready]);
  return several;
}

/** What a video shows now, no longer than `longest_px`, as a JPEG. */
export function jpegOf(video: HTMLVideoElement, longest_px: number): Promise<Blob> {
  const scale = Math.min(1, longest_px / Math.max(video.videoWidth, video.videoHeight, 1));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the frame is empty"))), "image/jpeg", JPEG_QUALITY);
  });
}
