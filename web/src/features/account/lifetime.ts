/** How long a key may live: days as the form's choices, and the moment that they end. */
export const LIFETIMES = ["", "30", "90", "365"] as const;

const DAY_MS = 86_400_000;

/** The moment that a number of days ends; null for no end. */
export const expiryOf = (days: string, now: Date): string | null =>
  days === "" ? null : new Date(now.getTime() + Number(days) * DAY_MS).toISOString();
