import { lazy, Suspense, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import css from "./ItemPage.module.css";
import { wholeRatioOf } from "./picture";
import type { Item } from "./queries";
import { titleOf } from "./titles";

const WalkPlayer = lazy(() => import("./WalkPlayer"));

/** The picture as large as the window lets it be, or the walk's film. */
export function ItemStage({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const { media } = item;
  const alt = t(`alt_${item.kind}`, { title: titleOf(item, t), owner: item.owner });
  const picture = (
    <img className={css.picture} src={shownAddress(media.url)} alt={alt} width={media.width_px ?? undefined} height={media.height_px ?? undefined} fetchPriority="high" />
  );
  return (
    <div className={css.frame} style={{ "--ratio": wholeRatioOf(media) } as CSSProperties}>
      {item.kind === "walk" ? (
        <Suspense fallback={<div className={css.film}>{picture}</div>}>
          <WalkPlayer item={item} alt={alt} poster={picture} />
        </Suspense>
      ) : (
        picture
      )}
    </div>
  );
}
