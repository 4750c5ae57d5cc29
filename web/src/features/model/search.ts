/** What an address says of the form: the inputs of an example, of an own run, or written out. */
import { readChosen, type Chosen } from "./loras/chosen";

export interface ModelSearch {
  example?: string;
  run?: string;
  input?: Record<string, unknown>;
  /** Weights by owner/name. */
  loras?: Chosen;
  tab?: ModelTab;
}

export const TABS = ["about", "api", "verification", "versions", "licence"] as const;
export type ModelTab = (typeof TABS)[number];

export function readModelSearch(given: Record<string, unknown>): ModelSearch {
  const found: ModelSearch = {};
  if (typeof given["example"] === "string") found.example = given["example"];
  if (typeof given["run"] === "string") found.run = given["run"];
  if (typeof given["input"] === "object" && given["input"] !== null && !Array.isArray(given["input"])) {
    found.input = given["input"] as Record<string, unknown>;
  }
  const loras = readChosen(given["loras"]);
  if (Object.keys(loras).length > 0) found.loras = loras;
  const tab = TABS.find((each) => each === given["tab"]);
  if (tab) found.tab = tab;
  return found;
}
