/** Which predictions are chosen, to be downloaded or deleted together. */
import { useState } from "react";

const MOST = 200; // an archive holds no more

export function useSelection() {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = (id: string, on: boolean) =>
    setChosen((before) => {
      const after = new Set(before);
      if (on && after.size < MOST) after.add(id);
      else if (!on) after.delete(id);
      return after;
    });
  return {
    chosen,
    choose,
    chooseAll: (ids: readonly string[]) => setChosen(new Set(ids.slice(0, MOST))),
    clear: () => setChosen(new Set()),
  };
}

export type Selection = ReturnType<typeof useSelection>;
