import { Textarea } from "@mantine/core";
import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import css from "./Publish.module.css";
import type { ManifestProblem } from "./queries";
import { lineRange } from "./rules";

interface Props {
  yaml: string;
  problems: readonly ManifestProblem[];
  onChange: (yaml: string) => void;
}

/** The manifest as text, and below it each fault with its line, which leads there. */
export function ManifestEditor({ yaml, problems, onChange }: Props) {
  const { t } = useTranslation("publish");
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const show = (line: number) => {
    field.current?.focus();
    field.current?.setSelectionRange(...lineRange(yaml, line));
  };
  return (
    <div>
      <Textarea ref={field} label={t("manifest")} description={t("manifestHint")} value={yaml} rows={16} spellCheck={false} autoCapitalize="none"
        classNames={{ input: css.code ?? "" }} aria-describedby={id} aria-invalid={problems.length > 0}
        onChange={(event) => onChange(event.currentTarget.value)} />
      <div id={id} role="status" className={css.problems}>
        {problems.length === 0 ? (
          <span className={css.good}>{t("manifestGood")}</span>
        ) : (
          <ul className={css.plain}>
            {problems.map((each, place) => (
              <li key={`${each.line}-${each.field}-${place}`}>
                {each.line === null ? null : (
                  <button type="button" className={css.line} onClick={() => show(each.line ?? 1)}>
                    {t("line", { line: each.line })}
                  </button>
                )}
                {each.field ? <code>{each.field}</code> : null} {each.message}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
