import { useEffect, useMemo } from "react";
import { ownAddress } from "~/api/own_address";
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
