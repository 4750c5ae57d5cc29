/** An element of plain DOM in one expression. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** The place of words that only the app can write: about so many letters. */
export const placeOfWords = (letters: number): HTMLElement => element("span", { "aria-hidden": "true" }, "\u2007".repeat(letters));

export function element(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name.startsWith("--")) made.style.setProperty(name, String(value)); // a style attribute would be refused
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}
