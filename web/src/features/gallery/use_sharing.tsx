/** The button's side of putting something in the gallery: its dialog and words are loaded when they are asked for. */
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { Schemas } from "~/api/client";
import { loadWords } from "~/words/words";
import type { Shareable } from "./ShareDialog";

const ShareDialog = lazy(async () => {
  const [dialog] = await Promise.all([import("./ShareDialog"), loadWords("gallery")]);
  return dialog;
});

/** open: shows the dialog. dialog: to be drawn somewhere beside the button. */
export function useSharing(choices: readonly Shareable[]): { canShare: boolean; open: () => void; dialog: ReactNode } {
  const [isOpen, setOpen] = useState(false);
  const [first, ...others] = choices;
  const dialog =
    isOpen && first ? (
      <Suspense>
        <ShareDialog choices={[first, ...others]} onClose={() => setOpen(false)} />
      </Suspense>
    ) : null;
  return { canShare: first !== undefined, open: () => setOpen(true), dialog };
}

/** The pictures of a prediction that can hang in the gallery. */
export function picturesOf({ id, status, files }: Schemas["PredictionReply"]): Shareable[] {
  if (status !== "succeeded") return [];
  const numbers = new Map<string, number>();
  return files.flatMap(({ name, thumbnail_url }) => {
    const index = numbers.get(name) ?? 0;
    numbers.set(name, index + 1);
    return thumbnail_url ? [{ source: { prediction: id, output: name, index }, picture: thumbnail_url }] : [];
  });
}
