/** The inputs and LoRAs as they stand in the form now, for the code examples below it. */
import { useSyncExternalStore } from "react";
import { NONE, type Chosen } from "./loras/chosen";

export interface Asked {
  input: Readonly<Record<string, unknown>>;
  loras: Chosen;
}

let shown: Asked = { input: {}, loras: NONE };
let written = "";
const listeners = new Set<() => void>();

export function showInputs(asked: Asked): void {
  const next = JSON.stringify(asked, (_key, value: unknown) => (value instanceof File ? value.name : value));
  if (next === written) return;
  written = next;
  shown = asked;
  listeners.forEach((listener) => listener());
}

export const useShownInputs = (): Asked =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => shown,
  );
