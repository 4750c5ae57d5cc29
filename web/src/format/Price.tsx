import { useTranslation } from "react-i18next";
import { money } from "./money";

interface Amount {
  amount_micros: number;
  currency: string;
}

interface Props {
  price: Amount;
  short?: boolean;
}

/** What one run costs. */
export function Price({ price, short = false }: Props) {
  const { t } = useTranslation("common");
  if (price.amount_micros === 0) return <span>{t("free")}</span>;
  const amount = money(price.amount_micros, price.currency);
  return <span>{short ? amount : t("perRun", { amount })}</span>;
}

interface OfModelProps {
  model: { price: Amount; run_price?: Amount | null };
  short?: boolean;
}

/** What one run of a model costs: of a LoRA with its base, which it says. */
export function PriceOfModel({ model, short = false }: OfModelProps) {
  const { t } = useTranslation("common");
  if (!model.run_price || model.run_price.amount_micros === 0) return <Price price={model.price} short={short} />;
  const amount = money(model.run_price.amount_micros, model.run_price.currency);
  return <span>{t(short ? "withBaseShort" : "withBase", { amount })}</span>;
}
