import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { money } from "~/format/money";
import { When } from "~/format/When";
import { AnchorLink } from "~/layout/links";
import { modelOf } from "./search";
import css from "./WalletPage.module.css";

type Entry = Schemas["EntryReply"];

/** One movement: what for, how the price was split, and what was there after it. */
export function StatementLine({ entry }: { entry: Entry }) {
  const { t } = useTranslation("wallet");
  const model = modelOf(entry);
  const { micros, currency } = entry.amount;
  return (
    <li className={css.line}>
      <div>
        <div className={css.what}>
          {model ? (
            <AnchorLink to="/$owner/$name" params={model}>
              {entry.memo}
            </AnchorLink>
          ) : (
            t(`line_${entry.kind}`)
          )}
        </div>
        <div className={css.facts}>
          <span>{t(`kind_${entry.kind}`)}</span>
          <When at={entry.at} />
          {!model && entry.memo ? <span>{t(`memo_${entry.memo}`, { defaultValue: entry.memo })}</span> : null}
          {model ? (
            <AnchorLink to="/$owner/$name" params={model} search={{ run: entry.subject }} size="sm" aria-label={t("seeRunOf", { model: entry.memo })}>
              {t("seeRun")}
            </AnchorLink>
          ) : null}
        </div>
        {entry.kind === "run" ? <Why entry={entry} /> : null}
      </div>
      <div className={css.amounts}>
        <span className={css.amount}>{(micros > 0 ? "+" : "") + money(micros, currency)}</span>
        <span className={css.after}>{t("after", { amount: money(entry.balance.micros, entry.balance.currency) })}</span>
      </div>
    </li>
  );
}

/** Who got how much of a run's price. */
function Why({ entry }: { entry: Entry }) {
  const { t } = useTranslation("wallet");
  return (
    <ul className={css.parts}>
      {entry.parts.map(({ code, amount, model }) => (
        <li key={code + (model ?? "")}>
          {t(`part_${code}`, { amount: money(Math.abs(amount.micros), amount.currency) })}
          {model && model !== entry.memo ? ` (${model})` : null}
        </li>
      ))}
    </ul>
  );
}
