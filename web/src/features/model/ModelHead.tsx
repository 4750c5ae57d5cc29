import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { count } from "~/format/money";
import { Price } from "~/format/Price";
import { summaryOf } from "~/outputs/translated";
import { useModelWords } from "~/outputs/model_words";
import { Icon } from "~/layout/icons";
import css from "./ModelPage.module.css";

/** Name, one line, and the facts a buyer looks for first. */
export function ModelHead({ model }: { model: Schemas["ModelReply"] }) {
  const { t, i18n } = useTranslation("model");
  const { word } = useModelWords();
  const verified = model.latest_version?.verified_at != null;
  return (
    <header className={css.head}>
      <Title order={1}>
        <Link to="/" search={{ owner: model.owner }} className={css.owner}>
          {model.owner}
        </Link>
        <span className={css.slash}>/</span>
        {model.name}
      </Title>
      <Text>{summaryOf(model, i18n.language)}</Text>
      <p className={css.facts}>
        <Price price={model.price} />
        {model.base ? (
          <span>
            + <Link to="/$owner/$name" params={{ owner: model.base.owner, name: model.base.name }}>{`${model.base.owner}/${model.base.name}`}</Link>{" "}
            <Price price={model.base.price} />
          </span>
        ) : null}
        {verified ? (
          <Link to="." search={(now) => ({ ...now, tab: "verification" as const })} hash="details" resetScroll={false} className={css.verified}>
            <Icon name="check" size={16} /> {t("verified")}
          </Link>
        ) : null}
        {model.license ? <span>{model.license}</span> : null}
        <span>{t("runs", { count: model.run_count, shown: count(model.run_count) })}</span>
        {model.listing === "public" ? null : <span>{t(`listing_${model.listing}`)}</span>}
        {model.tags.map((tag) => (
          <Link key={tag} to="/" search={{ tag }} className={css.tag}>
            {word(tag)}
          </Link>
        ))}
      </p>
    </header>
  );
}
