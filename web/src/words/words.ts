/** Words by feature, those of other pages than the first loaded when a page needs them; the browser's language, until a visitor chooses one. */
import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { CHOICE, LANGUAGES, startingLanguage, type Language } from "./language";

export { LANGUAGES, type Language };
/** Each language in its own words: who cannot read this page finds theirs. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", ko: "한국어" };

type Words = Record<string, unknown>;
const files: Record<string, () => Promise<Words>> = {
  ...import.meta.glob<Words>(["./*.{en,ko}.json", "!./common.*", "!./problems.*"], { import: "default" }),
  ...import.meta.glob<Words>(["../features/*/words.{en,ko}.json", "!../features/explore/*"], { import: "default" }),
};
/** In both languages with the app itself: the first page must not wait for another file. */
const first = import.meta.glob<Words>(["./common.*.json", "./problems.*.json", "../features/explore/words.*.json"], {
  import: "default",
  eager: true,
});

const firstWords = (language: Language): Record<string, Words> => ({
  common: first[`./common.${language}.json`] ?? {},
  problems: first[`./problems.${language}.json`] ?? {},
  explore: first[`../features/explore/words.${language}.json`] ?? {},
});

function fileOf(language: string, namespace: string): () => Promise<Words> {
  const file = files[`../features/${namespace}/words.${language}.json`] ?? files[`./${namespace}.${language}.json`];
  return file ?? (() => Promise.reject(new Error(`there are no words for ${namespace} in ${language}`)));
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
      lng: startingLanguage(),
      fallbackLng: false,
      supportedLngs: LANGUAGES,
      ns: ["common", "problems", "explore"],
      resources: { en: firstWords("en"), ko: firstWords("ko") },
      partialBundledLanguages: true,
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
  const language = startingLanguage();
  for (const feature of features) void fileOf(language, feature)(); // on their way beside the first words
  await started;
  await i18n.loadNamespaces(features);
}
export const language = (): string => i18n.resolvedLanguage ?? i18n.language;
