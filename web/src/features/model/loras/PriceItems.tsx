import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { money } from "~/format/money";
import css from "./loras.module.css";

type Part = Pick<Schemas["ReceiptPart"], "model" | "price_micros" | "weight">;

interface Props {
  parts: readonly Part[];
  items: readonly Schemas["ReceiptLine"][];
  currency: string;
  label: string;
}

/** A price of several parts: what each model costs, all together, and how much of it the platform keeps. */
export function PriceItems({ parts, items, currency, label }: Props) {
  const { t } = useTranslation("model");
  const whole = parts.reduce((sum, part) => sum + part.price_micros, 0);
  const fee = items.reduce((sum, item) => sum + (item.to === "platform" ? item.amount_micros : 0), 0);
  return (
    <dl className={css.items} aria-label={label}>
      {parts.map(({ model, price_micros, weight }) => (
        <div key={model}>
          <dt>
            {model}
            {weight == null || weight === 1 ? null : <small> × {weight}</small>}
          </dt>
          <dd>{price_micros === 0 ? t("free", { ns: "common" }) : money(price_micros, currency)}</dd>
        </div>
      ))}
      <div className={css.whole}>
        <dt>{t("together")}</dt>
        <dd>{money(whole, currency)}</dd>
      </div>
      {fee > 0 ? (
        <div className={css.fee}>
          <dt>{t("platformFee")}</dt>
          <dd>{money(fee, currency)}</dd>
        </div>
      ) : null}
    </dl>
  );
}
