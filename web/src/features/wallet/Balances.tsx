import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { money } from "~/format/money";
import { AnchorLink } from "~/layout/links";
import css from "./WalletPage.module.css";

/** What can be spent, and apart from it what runs hold and what own models earned. */
export function Balances({ wallet }: { wallet: Schemas["WalletReply"] }) {
  const { t } = useTranslation("wallet");
  const { available, held, earned, expected } = wallet;
  const amount = ({ micros, currency }: Schemas["AmountReply"]) => money(micros, currency);
  return (
    <section aria-label={t("balance")}>
      <dl className={css.balances}>
        <div className={css.available}>
          <dt>{t("available")}</dt>
          <dd>{amount(available)}</dd>
        </div>
        <div>
          <dt>{t("held")}</dt>
          <dd>{amount(held)}</dd>
          <dd className={css.hint}>{t("heldHint")}</dd>
        </div>
        <div>
          <dt>{t("earned")}</dt>
          <dd>{amount(earned)}</dd>
          <dd className={css.hint}>
            {expected.micros > 0 ? `${t("expected", { amount: amount(expected) })} ` : null}
            <AnchorLink to="/dashboard" size="sm">{t("toDashboard")}</AnchorLink>
          </dd>
        </div>
      </dl>
    </section>
  );
}
