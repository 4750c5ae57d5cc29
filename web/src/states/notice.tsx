/** Short messages that say what happened, read aloud and gone after a while. */
import { Notification } from "@mantine/core";
import { useSyncExternalStore } from "react";
import css from "./notice.module.css";

type Tone = "good" | "bad";
interface Notice {
  id: number;
  text: string;
  tone: Tone;
}

const SHOWN_MS = 7000;
let shown: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]): void {
  shown = next;
  listeners.forEach((listener) => listener());
}

export function say(text: string, tone: Tone = "good"): void {
  const id = ++lastId;
  change([...shown.slice(-2), { id, text, tone }]);
  setTimeout(() => change(shown.filter((notice) => notice.id !== id)), SHOWN_MS);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export function Notices({ closeLabel }: { closeLabel: string }) {
  const notices = useSyncExternalStore(subscribe, () => shown);
  return (
    <div className={css.notices} role="status" aria-live="polite">
      {notices.map((notice) => (
        <Notification
          key={notice.id}
          color={notice.tone === "good" ? "green.8" : "red.8"}
          closeButtonProps={{ "aria-label": closeLabel }}
          onClose={() => change(shown.filter((other) => other.id !== notice.id))}
        >
          {notice.text}
        </Notification>
      ))}
    </div>
  );
}
