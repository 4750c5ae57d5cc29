import { Progress, VisuallyHidden } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import { count } from "~/format/money";
import { When } from "~/format/When";
import { Icon } from "~/layout/icons";
import { titleOf } from "./keyframe_words";
import type { Walk } from "./walk";
import { isFinal } from "./use_walk";
import css from "./WalksPage.module.css";

/** One walk: a frame of it, its name, and how far it is. */
export function WalkCard({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const running = !isFinal(walk);
  return (
    <li className={css.card}>
      <Link to="/walks/$id" params={{ id: walk.id }} className={css.link}>
        <span className={css.picture} aria-busy={running}>
          {walk.poster ? <img src={shownAddress(walk.poster)} alt="" loading="lazy" decoding="async" /> : <span className={css.none}>{t(`status_${walk.status}`)}</span>}
          {running ? (
            <span className={css.bar}>
              <Progress value={walk.rendered === 0 ? 100 : (100 * walk.rendered) / walk.frames} animated={walk.rendered === 0} color="vermilion.6" radius={0} size="sm"
                aria-label={t("progress")} />
            </span>
          ) : null}
        </span>
        <span className={css.name}>{titleOf(walk, (word) => word, t("untitled"))}</span>
      </Link>
      <span className={css.facts}>
        <span data-bad={walk.status === "failed" || undefined}>
          {walk.status === "failed" ? <Icon name="warning" size={16} /> : null} <State walk={walk} />
        </span>
        <span className={css.model}>{walk.model}</span>
        <When at={walk.created_at} />
      </span>
    </li>
  );
}

function State({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const words = { rendered: count(walk.rendered), frames: count(walk.frames), count: walk.frames };
  if (walk.status === "succeeded") return <>{t("frameCount", words)}</>;
  return (
    <>
      {t(`status_${walk.status}`)} <VisuallyHidden>, </VisuallyHidden>· {t("renderedShort", words)}
    </>
  );
}
