import { useEffect, useMemo } from "react";
import type { Value } from "../fields";

/** An address at which this page may show a picture; null for other sites' pictures, which the page never loads. */
export function usePicture(value: Value): string | null {
  const local = useMemo(() => (value instanceof File ? URL.createObjectURL(value) : null), [value]);
  useEffect(() => () => void (local && URL.revokeObjectURL(local)), [local]);
  if (local) return local;
  if (typeof value !== "string") return null;
  if (value.startsWith("data:image/")) return value;
  return ownAddress(value);
}

/** A link to this server as a path: it may have been written under another name of the server. */
export function ownAddress(value: string): string | null {
  const path = /^(?:https?:\/\/[^/]+)?(\/(?:blobs|v1\/files|thumbnails)\/.*)$/.exec(value)?.[1] ?? null;
  if (path === null || value.startsWith("/")) return path;
  const { hostname } = new URL(value);
  return hostname === window.location.hostname || isThisMachine(hostname) ? path : null;
}

const isThisMachine = (hostname: string) => hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
