/** The visitor's colours before the app has started, by the mark and the choice that Mantine keeps: no white flash by night. */
const CHOICE = "mantine-color-scheme-value";

export function markColours(): void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const chosen = readChoice();
  document.documentElement.dataset["mantineColorScheme"] = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null; // a browser that stores nothing has made no choice
  }
}
