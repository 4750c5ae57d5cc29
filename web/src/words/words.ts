/** Words by feature, loaded when a page needs them; the browser's language, until a visitor chooses one. */
import i18n from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];
/** Each language in its own words: who cannot read this page finds theirs. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

type Words = Record<string, unknown>;
const files: Record<string, () => Promise<Words>> = {
  ...import.meta.glob<Words>("./*.{en,ko}.json", { import: "default" }),
  ...import.meta.glob<Words>("../features/*/words.{en,ko}.json", { import: "default" }),
};
const CHOICE = "artrator.language";

function fileOf(language: string, namespace: string): () => Promise<Words> {
  const file = files[`../features/${namespace}/words.${language}.json`] ?? files[`./${namespace}.${language}.json`];
  return file ?? (() => Promise.reject(new Error(`there are no words for ${namespace} in ${language}`)));
}

/** The language that the visitor chose before, or the first of the browser's that we speak. */
export function preferredLanguage(chosen: string | null, spoken: readonly string[]): Language {
  const wishes = chosen === null ? spoken : [chosen, ...spoken];
  for (const wish of wishes) {
    const known = LANGUAGES.find((language) => wish.toLowerCase().split("-")[0] === language);
    if (known) return known;
  }
  return "en";
}

let started: Promise<unknown> | undefined;

export async function startWords(): Promise<void> {
  i18n.on("languageChanged", (language) => (document.documentElement.lang = language));
  started = i18n
    .use(initReactI18next)
    .use({
      type: "backend",
      read: (language: string, namespace: string, done: (error: Error | null, words: Words | false) => void) =>
        fileOf(language, namespace)().then((words) => done(null, words), (error: Error) => done(error, false)),
    })
    .init({
      lng: preferredLanguage(readChoice(), navigator.languages),
      fallbackLng: false,
      supportedLngs: LANGUAGES,
      ns: ["common", "problems"],
      defaultNS: "common",
      interpolation: { escapeValue: false }, // React escapes
      returnNull: false,
    });
  await started;
}

export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(CHOICE, language);
  } catch {
    // a browser that stores nothing still changes its language for this visit
  }
  await i18n.changeLanguage(language);
}

export async function loadWords(...features: readonly string[]): Promise<void> {
  const language = preferredLanguage(readChoice(), navigator.languages);
  for (const feature of features) void fileOf(language, feature)(); // on their way beside the first words
  await started;
  await i18n.loadNamespaces(features);
}
export const language = (): string => i18n.resolvedLanguage ?? i18n.language;

function readChoice(): string | null {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}
