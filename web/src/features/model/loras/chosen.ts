/** Which LoRAs a run is asked for with, and how much each counts. */

/** The weight by owner/name, in the order in which they were chosen. */
export type Chosen = Readonly<Record<string, number>>;

export const MOST_LORAS = 4;
export const MOST_WEIGHT = 4;
/** What the slider reaches; further weights are typed. */
export const [LEAST_SLID, MOST_SLID] = [0, 2];

export const NONE: Chosen = {};

export const without = (chosen: Chosen, model: string): Chosen =>
  Object.fromEntries(Object.entries(chosen).filter(([other]) => other !== model));

/** Take a LoRA, or take it away; a fifth one changes nothing. */
export function toggled(chosen: Chosen, model: string): Chosen {
  if (model in chosen) return without(chosen, model);
  return Object.keys(chosen).length < MOST_LORAS ? { ...chosen, [model]: 1 } : chosen;
}

/** Read what an address or an earlier run names; what cannot be asked for is left out. */
export function readChosen(given: unknown): Chosen {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return NONE;
  const fit = Object.entries(given).filter(
    (entry): entry is [string, number] =>
      /^[^/\s:]+\/[^/\s:]+$/.test(entry[0]) && typeof entry[1] === "number" && Math.abs(entry[1]) <= MOST_WEIGHT,
  );
  return Object.fromEntries(fit.slice(0, MOST_LORAS));
}

/** As the API takes them. */
export const lorasOf = (chosen: Chosen) => Object.entries(chosen).map(([version, weight]) => ({ version, weight }));
