import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Price } from "~/format/Price";
import { When } from "~/format/When";
import { pricesQuery } from "../queries";
import css from "./tabs.module.css";

/** What one may do with the model and what a run costs, now and before. */
export default function LicenceTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  const prices = useQuery(pricesQuery(model)).data ?? [];
  return (
    <div className={css.tab}>
      <dl className={css.facts}>
        <dt>{t("licence")}</dt>
        <dd>
          {model.license_url ? (
            <Anchor href={model.license_url} target="_blank" rel="noreferrer">
              {model.license}
            </Anchor>
          ) : (
            (model.license ?? t("noLicence"))
          )}
        </dd>
        <dt>{t("price")}</dt>
        <dd>
          <Price price={model.price} />
        </dd>
        <dt>{t("charged")}</dt>
        <dd>{t("chargedText")}</dd>
      </dl>
      {prices.length > 1 ? (
        <section>
          <h3>{t("priceHistory")}</h3>
          <ul className={css.versions}>
            {prices.map((price) => (
              <li key={price.valid_from}>
                <Price price={price} />
                <span className={css.soft}>
                  <When at={price.valid_from} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}
