import { useEffect, useRef, useState } from "react";

const WANTED: MediaStreamConstraints = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
const JPEG_QUALITY = 0.85;

/** The camera in a video element for as long as its component is shown; then it is switched off. */
export function useCamera() {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<"asking" | "ready" | "failed">("asking");
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    const open = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia(WANTED);
        if (gone || video.current === null) return stream.getTracks().forEach((track) => track.stop());
        video.current.srcObject = stream;
        await video.current.play();
        setState("ready");
      } catch {
        if (!gone) setState("failed"); // refused, or there is none
      }
    };
    void open();
    return () => {
      gone = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return { video, ready: state === "ready", failed: state === "failed" };
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
