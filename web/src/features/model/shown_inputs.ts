/** The inputs as they stand in the form now, for the code examples below it. */
import { useSyncExternalStore } from "react";

let shown: Record<string, unknown> = {};
let written = "{}";
const listeners = new Set<() => void>();

export function showInputs(input: Record<string, unknown>): void {
  const next = JSON.stringify(input, (_key, value: unknown) => (value instanceof File ? value.name : value));
  if (next === written) return;
  written = next;
  shown = input;
  listeners.forEach((listener) => listener());
}

export const useShownInputs = (): Record<string, unknown> =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => shown,
  );
