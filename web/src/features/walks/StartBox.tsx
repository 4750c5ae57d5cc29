import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { count, money, percent } from "~/format/money";
import { AnchorLink } from "~/layout/links";
import { walletKey } from "~/layout/TopBar";
import { useAccount } from "~/session/session";
import type { FilmSettings } from "./composition";
import css from "./Composer.module.css";
import type { Quote } from "./walk";

interface Props {
  quote: Quote | null;
  asking: boolean;
  whole: boolean;
  busy: boolean;
  film: FilmSettings;
  children: ReactNode;
}

/** What the walk costs, and the button that starts it. */
export function StartBox({ quote, asking, whole, busy, film, children }: Props) {
  const { t } = useTranslation("walks");
  const account = useAccount();
  const short = useShortOf(quote);
  const isFree = quote !== null && quote.price.amount_micros === 0;
  const price = quote === null ? null : isFree ? t("free", { ns: "common" }) : money(quote.price.amount_micros, quote.price.currency);
  return (
    <section className={css.start} aria-label={t("cost")}>
      {children}
      <div className={css.quote} data-stale={asking || undefined} aria-live="polite">
        {quote === null ? (
          <p>{t(account === null ? "quoteLogIn" : whole ? (asking ? "quoteAsking" : "quoteNone") : "quoteGaps")}</p>
        ) : (
          <>
            <p>
              {isFree
                ? t("quoteFree", { frames: count(film.frames) })
                : t("quoteFrames", { count: quote.frames, frames: count(quote.frames), each: money(quote.frame_price.amount_micros, quote.frame_price.currency) })}
            </p>
            <Saved quote={quote} />
          </>
        )}
        {short ? (
          <p className={css.short} role="alert">
            {t("tooDear", { short })} <AnchorLink to="/wallet">{t("toWallet", { ns: "model" })}</AnchorLink>
          </p>
        ) : null}
      </div>
      <Button size="md" type="submit" loading={busy} fullWidth>
        {account === null ? t("logInToStart") : price === null ? t("startWalk") : t("startFor", { price })}
      </Button>
      <small>{t("priceHint")}</small>
    </section>
  );
}

/** How much of the model's work neighbours save each other. */
function Saved({ quote }: { quote: Quote }) {
  const { t } = useTranslation("walks");
  const { evaluations, evaluations_alone } = quote;
  if (evaluations_alone <= evaluations || evaluations_alone === 0) return null;
  return <p>{t("quoteSaved", { evaluations: count(evaluations), alone: count(evaluations_alone), share: percent(1 - evaluations / evaluations_alone) })}</p>;
}

/** How much is lacking in the wallet; null if it is enough. */
function useShortOf(quote: Quote | null): string | null {
  const account = useAccount();
  const { data } = useQuery({ queryKey: walletKey, queryFn: () => ask(api.GET("/v1/wallet")), enabled: Boolean(account) });
  if (quote === null || data === undefined || data.available.micros >= quote.price.amount_micros) return null;
  return money(quote.price.amount_micros - data.available.micros, data.currency);
}
