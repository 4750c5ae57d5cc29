import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { money } from "~/format/money";
import { summaryOf } from "~/outputs/translated";
import css from "./loras.module.css";

interface Props {
  lora: Schemas["ModelReply"];
  taken: boolean;
  disabled: boolean;
  onToggle: () => void;
}

/** One LoRA to take or leave: what it paints, what it is called, what it adds to the price. */
export function LoraCard({ lora, taken, disabled, onToggle }: Props) {
  const { t, i18n } = useTranslation("model");
  const { amount_micros, currency } = lora.price;
  return (
    <li>
      <label className={css.card} title={summaryOf(lora, i18n.language) || undefined}>
        <input type="checkbox" checked={taken} disabled={disabled} onChange={onToggle} aria-label={`${lora.owner}/${lora.name}`} />
        {lora.cover_image_url ? (
          <img src={shownAddress(lora.cover_image_url)} alt="" width={104} height={104} loading="lazy" decoding="async" />
        ) : (
          <span className={css.letter} aria-hidden>
            {lora.name.slice(0, 1).toUpperCase()}
          </span>
        )}
        <span className={css.name}>{lora.name}</span>
        <span className={css.price}>{amount_micros === 0 ? t("free", { ns: "common" }) : `+${money(amount_micros, currency)}`}</span>
      </label>
    </li>
  );
}
