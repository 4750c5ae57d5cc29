import { ActionIcon } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import wall from "~/features/explore/Wall.module.css";
import { count } from "~/format/money";
import { Icon } from "~/layout/icons";
import css from "./GalleryTile.module.css";
import { ratioOf, tileOf } from "./picture";
import type { Item } from "./queries";
import { titleOf } from "./titles";
import { useStripPlaying } from "./use_strip_playing";
import { WalkStrip } from "./WalkStrip";

/** One picture or walk; the whole of it leads to its page, but for the button that plays a walk. */
export function GalleryTile({ item, eager }: { item: Item; eager: boolean }) {
  const { t } = useTranslation("gallery");
  const title = titleOf(item, t);
  const isWalk = item.kind === "walk";
  const strip = useStripPlaying(isWalk);
  return (
    <li className={`${wall.tile} ${css.tile}`} style={{ "--ratio": ratioOf(item) } as CSSProperties} {...strip.hover}>
      <Link to="/gallery/$id" params={item} className={wall.link}>
        <span className={css.place}>
          <img {...tileOf(item.media)} className={wall.picture} alt={t(`alt_${item.kind}`, { title, owner: item.owner })}
            loading={eager ? "eager" : "lazy"} fetchPriority={eager ? "high" : "auto"} decoding="async" />
          {strip.isPlaying ? <WalkStrip id={item.id} /> : null}
        </span>
        <span className={css.caption}>
          <bdi className={wall.name}>{title}</bdi>
          <span className={css.line}>
            <span className={css.owner}>{item.hidden ? t("hidden") : item.owner}</span>
            <Likes number={item.likes} />
          </span>
        </span>
      </Link>
      {isWalk ? (
        <ActionIcon className={css.play} variant="default" size="md" aria-pressed={strip.isPlaying} aria-label={t("playOf", { title })} onClick={strip.toggle}>
          <Icon name={strip.isPlaying ? "pause" : "play"} size={16} />
        </ActionIcon>
      ) : null}
    </li>
  );
}

function Likes({ number }: { number: number }) {
  const { t } = useTranslation("gallery");
  if (number === 0) return null;
  return (
    <span className={css.likes} role="img" aria-label={t("likes", { count: number, shown: count(number) })}>
      <Icon name="heart" size={14} />
      {count(number)}
    </span>
  );
}
