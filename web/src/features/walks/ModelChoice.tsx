import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { Price } from "~/format/Price";
import { summaryOf } from "~/outputs/translated";
import css from "./Composer.module.css";
import { walkersQuery } from "./queries";

interface Props {
  model: Schemas["ModelReply"];
  /** null: whatever is chosen, the page begins anew. */
  onChoose: ((model: string) => void) | null;
}

/** The model that paints the walk, and the others that could. */
export function ModelChoice({ model, onChoose }: Props) {
  const { t, i18n } = useTranslation("walks");
  const [open, setOpen] = useState(onChoose === null);
  return (
    <section className={css.model} aria-label={t("model")}>
      <div className={css.chosenModel}>
        <Cover model={model} />
        <div>
          <Link to="/$owner/$name" params={model} className={css.modelName}>
            {model.owner}/{model.name}
          </Link>
          <p>{summaryOf(model, i18n.language)}</p>
        </div>
        {onChoose ? (
          <Button variant="default" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t("otherModel")}
          </Button>
        ) : null}
      </div>
      {open ? <Others shown={model} onChoose={onChoose} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}

function Others({ shown, onChoose, onClose }: { shown: Schemas["ModelReply"]; onChoose: Props["onChoose"]; onClose: () => void }) {
  const { t, i18n } = useTranslation("walks");
  const others = (useQuery(walkersQuery).data ?? []).filter(({ owner, name }) => owner !== shown.owner || name !== shown.name);
  if (others.length === 0) return <p className={css.hint}>{t("noOthers")}</p>;
  return (
    <ul className={css.others} aria-label={t("otherModels")}>
      {others.map((model) => {
        const name = `${model.owner}/${model.name}`;
        return (
          <li key={name}>
            <Link to="/walks/new" search={{ model: name }} className={css.other}
              onClick={(event) => {
                if (onChoose === null) return;
                event.preventDefault();
                onClose();
                onChoose(name);
              }}>
              <Cover model={model} />
              <span>
                <strong>{name}</strong>
                <span>{summaryOf(model, i18n.language)}</span>
                <Price price={model.run_price ?? model.price} />
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

function Cover({ model }: { model: Schemas["ModelReply"] }) {
  if (model.cover_image_url == null) return <span className={css.cover} />;
  return <img className={css.cover} src={shownAddress(model.cover_image_url)} alt="" width={64} height={64} loading="lazy" />;
}
