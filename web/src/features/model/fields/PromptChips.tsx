import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import css from "../InputForm.module.css";
import type { Value } from "../fields";
import { promptsOf } from "../prompts";

interface Props {
  name: string;
  value: Value;
  examples: readonly Schemas["ItemReply"][];
  onChange: (value: string) => void;
}

/** Texts that the creator shows, each one click away, with what they made. */
export function PromptChips({ name, value, examples, onChange }: Props) {
  const { t } = useTranslation("model");
  const prompts = promptsOf(name, examples);
  if (prompts.length === 0) return null;
  return (
    <ul className={css.chips} aria-label={t("tryPrompt")}>
      {prompts.map(({ text, picture }) => (
        <li key={text}>
          <button type="button" className={css.chip} aria-pressed={value === text} onClick={() => onChange(text)} title={text}>
            {picture === null ? null : <img src={shownAddress(picture)} alt="" width={24} height={24} loading="lazy" decoding="async" />}
            <span>{text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
