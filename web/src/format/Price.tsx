import { useTranslation } from "react-i18next";
import { money } from "./money";

interface Props {
  price: { amount_micros: number; currency: string };
  short?: boolean;
}

/** What one run costs. */
export function Price({ price, short = false }: Props) {
  const { t } = useTranslation("common");
  if (price.amount_micros === 0) return <span>{t("free")}</span>;
  const amount = money(price.amount_micros, price.currency);
  return <span>{short ? amount : t("perRun", { amount })}</span>;
}
