import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { money } from "~/format/money";
import type { Chosen } from "./loras/chosen";
import { PriceItems } from "./loras/PriceItems";
import css from "./ModelPage.module.css";
import type { Run } from "./use_run";

interface Props {
  model: Schemas["ModelReply"];
  /** By the LoRAs that are chosen; undefined where the model's own price is all there is. */
  quote: Schemas["QuoteReply"] | undefined;
  chosen: Chosen;
  run: Run;
  loggedIn: boolean;
  onCancel: () => void;
}

/** Says what a run costs before it is started; while one works, it stops it. */
export function RunButton({ model, quote, chosen, run, loggedIn, onCancel }: Props) {
  const { t } = useTranslation("model");
  const { amount_micros, currency } = quote?.price ?? model.run_price ?? model.price;
  const price = amount_micros === 0 ? t("free", { ns: "common" }) : money(amount_micros, currency);
  if (model.latest_version == null) return <p role="status">{t("notRunnable")}</p>;
  if (run.state === "running") {
    return (
      <div className={css.run}>
        <Button size="md" variant="default" onClick={onCancel} loading={run.cancelling}>
          {t("stop")}
        </Button>
        <small>{t("stopHint")}</small>
      </div>
    );
  }
  return (
    <div className={css.run}>
      <Button size="md" type="submit">
        {loggedIn ? t("run", { price }) : t("logInToRun", { price })}
      </Button>
      <small>{amount_micros === 0 ? t("freeHint") : t("priceHint")}</small>
      {quote && quote.parts.length > 1 ? (
        <PriceItems parts={quote.parts.map((part) => ({ ...part, weight: chosen[part.model] ?? null }))} items={quote.items} currency={currency} label={t("itemised")} />
      ) : null}
    </div>
  );
}
