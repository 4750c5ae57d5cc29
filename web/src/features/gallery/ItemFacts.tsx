import { Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { When } from "~/format/When";
import css from "./ItemPage.module.css";
import { modelOf } from "./model_of";
import type { Item } from "./queries";
import { titleOf } from "./titles";

/** What it is called, who made it, with what, and when. */
export function ItemFacts({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const model = modelOf(item);
  return (
    <header className={css.facts}>
      <Title order={1}>
        <bdi>{titleOf(item, t)}</bdi>
      </Title>
      <p className={css.line}>
        <Link to="/gallery" search={{ owner: item.owner }}>
          {t("by", { owner: item.owner })}
        </Link>
        <When at={item.created_at} />
      </p>
      <p className={css.line}>
        {model ? (
          <span>
            {t("madeWith")}{" "}
            <Link to="/$owner/$name" params={model}>{`${model.owner}/${model.name}`}</Link>
          </span>
        ) : (
          <span>{t("privateModel")}</span>
        )}
        {item.license ? <span>{item.license}</span> : null}
        {item.walk ? <span>{t("walkFacts", { frames: item.walk["frames"], fps: item.walk["fps"] })}</span> : null}
      </p>
    </header>
  );
}
