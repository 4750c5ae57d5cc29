/** What an address says of the dashboard: whose figures are shown, and of how many days. */
export interface DashboardSearch {
  model?: string;
  days?: number;
}

export const SPANS_DAYS = [7, 30, 90, 365] as const;
export const DEFAULT_DAYS = 30;

export function readDashboardSearch(given: Record<string, unknown>): DashboardSearch {
  const found: DashboardSearch = {};
  if (typeof given["model"] === "string" && given["model"] !== "") found.model = given["model"];
  const days = SPANS_DAYS.find((each) => each === Number(given["days"]));
  if (days !== undefined && days !== DEFAULT_DAYS) found.days = days;
  return found;
}
