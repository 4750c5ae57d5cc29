import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { PriceItems } from "./PriceItems";
import { receiptQuery } from "./queries";

/** What a run of several models cost, part by part; nothing for one model alone, whose price is on the button. */
export default function Receipt({ id, currency }: { id: string; currency: string }) {
  const { t } = useTranslation("model");
  const receipt = useQuery(receiptQuery(id)).data;
  if (receipt === undefined || receipt.payment !== "paid") return null;
  const others = receipt.parts.reduce((sum, part) => sum + part.price_micros, 0);
  const own = { model: receipt.model, price_micros: receipt.price_micros - others, weight: null };
  return <PriceItems parts={[own, ...receipt.parts]} items={receipt.items} currency={currency} label={t("receipt")} />;
}
