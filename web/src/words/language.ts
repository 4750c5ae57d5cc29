/** Which language a visitor reads, before any words are loaded. */
export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];
export const CHOICE = "artrator.language";

/** The language that the visitor chose before, or the first of the browser's that we speak. */
export function preferredLanguage(chosen: string | null, spoken: readonly string[]): Language {
  const wishes = chosen === null ? spoken : [chosen, ...spoken];
  for (const wish of wishes) {
    const known = LANGUAGES.find((language) => wish.toLowerCase().split("-")[0] === language);
    if (known) return known;
  }
  return "en";
}

export const startingLanguage = (): Language => preferredLanguage(readChoice(), navigator.languages);

function readChoice(): string | null {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}
