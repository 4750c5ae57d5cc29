import { Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { PriceOfModel } from "~/format/Price";
import { ModelTranslation } from "~/outputs/model_words";
import { Labels, labelsOf } from "~/outputs/Labels";
import { pictureOf, ratioOf } from "./picture";
import css from "./Wall.module.css";

/** One real output; it leads to the model with the inputs that made it. */
export function Tile({ item, eager }: { item: Schemas["ItemReply"]; eager: boolean }) {
  const { t } = useTranslation("explore");
  const { model } = item;
  const picture = pictureOf(item.output);
  const prompt = typeof item.input["prompt"] === "string" ? item.input["prompt"] : "";
  const label = t("pictureBy", { model: `${model.owner}/${model.name}`, prompt });
  return (
    <li className={css.tile} style={{ "--ratio": ratioOf(item) } as CSSProperties}>
      <Link to="/$owner/$name" params={model} search={{ example: item.id }} className={css.link}>
        {picture ? (
          <img
            {...picture}
            className={css.picture}
            alt={label}
            loading={eager ? "eager" : "lazy"}
            fetchPriority={eager ? "high" : "auto"}
            decoding="async"
          />
        ) : (
          <Words item={item} alt={label} />
        )}
        <span className={css.caption}>
          <span className={css.name}>{model.name}</span>
          <PriceOfModel model={model} short />
        </span>
      </Link>
    </li>
  );
}

/** An output without a picture: what was said of the picture that went in, or the words alone. */
function Words({ item, alt }: { item: Schemas["ItemReply"]; alt: string }) {
  const { i18n } = useTranslation();
  const groups = labelsOf(item.output.value);
  const words = item.words[i18n.language] ?? {};
  if (item.input_picture_url && groups) {
    return (
      <span className={css.named}>
        <img className={css.picture} src={shownAddress(item.input_picture_url)} alt={alt} loading="lazy" decoding="async" />
        <span className={css.says}>{groups.map(([, labels]) => words[labels[0]?.label ?? ""] ?? labels[0]?.label).join(" · ")}</span>
      </span>
    );
  }
  return (
    <div className={css.picture} data-words>
      <ModelTranslation value={{ words }}>
        <Labels groups={groups} value={item.output.value} />
      </ModelTranslation>
    </div>
  );
}
