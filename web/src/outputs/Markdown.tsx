import DOMPurify, { type Config } from "dompurify";
import { marked } from "marked";
import { useEffect, useRef } from "react";
import css from "./Markdown.module.css";

const KEPT: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: [
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["href"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|\/(?!\/)|#)/i,
  RETURN_DOM_FRAGMENT: true,
};

/** A stranger's markdown: text and links only, and their headings below the page's own. */
export function Markdown({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const html = marked.parse(text, { async: false, gfm: true });
    const safe = DOMPurify.sanitize(html, KEPT);
    for (const link of safe.querySelectorAll("a")) link.rel = "nofollow noopener noreferrer ugc";
    for (const heading of [...safe.querySelectorAll("h1, h2, h3, h4")]) lower(heading);
    place.current?.replaceChildren(safe);
  }, [text]);
  return <div ref={place} className={css.markdown} />;
}

function lower(heading: Element): void {
  const level = Math.min(5, Number(heading.tagName.slice(1)) + 1);
  const lowered = document.createElement(`h${level}`);
  lowered.append(...heading.childNodes);
  heading.replaceWith(lowered);
}
