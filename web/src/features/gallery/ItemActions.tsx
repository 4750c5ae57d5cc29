import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import { Icon } from "~/layout/icons";
import { ButtonLink } from "~/layout/links";
import { say } from "~/states/notice";
import css from "./ItemPage.module.css";
import { LikeButton } from "./LikeButton";
import { modelOf } from "./model_of";
import type { Item } from "./queries";
import { titleOf } from "./titles";
import { walkAddress } from "./walk_address";

/** Models of these kinds walk. */
const WALKERS: readonly (Item["pipeline"])[] = ["text-to-image", "latent-to-image"];

export function ItemActions({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  return (
    <div className={css.actions}>
      <LikeButton item={item} />
      <Remix item={item} />
      {item.kind === "picture" && item.model && WALKERS.includes(item.pipeline) ? (
        <Button component="a" href={walkAddress(item)} variant="default" size="sm" leftSection={<Icon name="walks" size={16} />}>
          {t("walkFromHere")}
        </Button>
      ) : null}
      <Share item={item} />
      <Button component="a" href={shownAddress(item.media.film_url ?? item.media.url)} download={`gallery-${item.id.slice(-6)}`} variant="default" size="sm"
        leftSection={<Icon name="download" size={16} />}>
        {t("download", { ns: "common" })}
      </Button>
    </div>
  );
}

/** Opens what made it, filled in as its maker filled it in, as far as they show that. */
function Remix({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const model = modelOf(item);
  if (model === null) return null;
  const words = { size: "sm", leftSection: <Icon name="remix" size={16} /> } as const;
  if (item.kind === "walk") {
    return (
      <Button {...words} component="a" href={walkAddress(item)}>
        {t("remix")}
      </Button>
    );
  }
  return (
    <ButtonLink {...words} to="/$owner/$name" params={model} search={item.input === null ? {} : { input: item.input }}>
      {t(item.input === null ? "toModel" : "remix")}
    </ButtonLink>
  );
}

function Share({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const share = async () => {
    const url = `${window.location.origin}/gallery/${item.id}`;
    try {
      if (navigator.share) return await navigator.share({ title: titleOf(item, t), url });
      await navigator.clipboard.writeText(url);
      say(t("linkCopied"));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) say(url, "bad");
    }
  };
  return (
    <Button variant="default" size="sm" leftSection={<Icon name="share" size={16} />} onClick={() => void share()}>
      {t("share")}
    </Button>
  );
}
