/** Routes that openapi.json does not describe yet, by hand; each leaves this file when `make generate` writes it. */
export type PendingPaths = Record<never, never>;

/** An item of the gallery, as far as walks are concerned. */
export interface GalleryItem {
  id: string;
  title: string;
  model: string;
  media: { url: string; thumbnail_url: string };
  input: Record<string, unknown> | null;
  walk: {
    keyframes: Record<string, unknown>[];
    input: Record<string, unknown>;
    frames: number;
    ending: "stop" | "loop" | "ping-pong";
    easing: "linear" | "smooth";
    spacing: "even" | "uniform";
    fps: number;
  } | null;
}
