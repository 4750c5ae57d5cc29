import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { Icon } from "~/layout/icons";
import { ButtonLink } from "~/layout/links";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import type { Given } from "./composition";
import type { Frame, Walk } from "./walk";
import { nearest } from "./frames";
import { isAddress } from "./keyframe_words";
import { PublishDialog } from "./PublishDialog";
import { deleteWalk, walkQuery, walksKey } from "./queries";
import { isFinal } from "./use_walk";
import { planOf } from "./walkable";
import css from "./WalkPage.module.css";

interface Props {
  walk: Walk;
  frames: readonly Frame[];
  place: number;
  model: Schemas["ModelReply"] | null;
}

/** What one does with a walk: show it, change it, go on from it, throw it away. */
export function WalkActions({ walk, frames, place, model }: Props) {
  const { t } = useTranslation("walks");
  const [publishes, setPublishes] = useState(false);
  const isShowable = isFinal(walk) && frames.length > 1;
  return (
    <section className={css.actions} aria-label={t("actions")}>
      {walk.gallery_item !== null ? (
        <Button component="a" href={`/gallery/${walk.gallery_item}`} variant="default" size="sm">{t("inGallery")}</Button>
      ) : isShowable ? (
        <Button variant="default" size="sm" onClick={() => setPublishes(true)}>{t("toGallery")}</Button>
      ) : null}
      <Share walk={walk} />
      <ButtonLink to="/walks/new" search={{ walk: walk.id }} variant="default" size="sm">{t("walkAgain")}</ButtonLink>
      {model && frames.length > 0 ? (
        <ButtonLink to="/walks/new" search={{ model: walk.model, start: onward(walk, frames, place, model) }} variant="default" size="sm">
          {t("walkFromHere")}
        </ButtonLink>
      ) : null}
      {isFinal(walk) ? <Delete walk={walk} /> : null}
      {publishes ? <PublishDialog walk={walk} onClose={() => setPublishes(false)} /> : null}
    </section>
  );
}

/** A walk that begins where this one stands: with the very picture where the model takes one, else with the nearest keyframe. */
export function onward(walk: Walk, frames: readonly Frame[], place: number, model: Schemas["ModelReply"]): Given {
  const { picture } = planOf(model);
  const frame = frames[nearest(frames, place)];
  const { ending, easing, spacing, sharing, fps, frames: number } = walk;
  const station = walk.keyframes[Math.round(frame?.place ?? place) % walk.keyframes.length] ?? {};
  const first = picture !== null && frame !== undefined && frame.keyframe === null ? { [picture.name]: frame.url } : station;
  return { keyframes: [first], input: walk.input, frames: number, ending, easing, spacing, sharing, fps };
}

/** A link that others can open: the gallery's where it is shown there, else the composer filled in with this walk's inputs. */
function Share({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const share = async () => {
    const url = shareAddress(walk);
    try {
      if (navigator.share) return await navigator.share({ title: walk.title || walk.model, url });
      await navigator.clipboard.writeText(url);
      say(t(walk.gallery_item === null ? "recipeCopied" : "linkCopied"));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) say(url, "bad");
    }
  };
  return (
    <Button variant="default" size="sm" leftSection={<Icon name="share" size={16} />} onClick={() => void share()}>
      {t(walk.gallery_item === null ? "shareRecipe" : "share")}
    </Button>
  );
}

function shareAddress(walk: Walk): string {
  const { origin } = window.location;
  if (walk.gallery_item !== null) return `${origin}/gallery/${walk.gallery_item}`;
  const plain = (input: Readonly<Record<string, unknown>>) => Object.fromEntries(Object.entries(input).filter(([, value]) => !(typeof value === "string" && isAddress(value))));
  const { ending, easing, spacing, sharing, fps, frames } = walk;
  const start: Given = { keyframes: walk.keyframes.map(plain), input: plain(walk.input), frames, ending, easing, spacing, sharing, fps };
  return `${origin}/walks/new?model=${walk.model}&start=${encodeURIComponent(JSON.stringify(start))}`;
}

function Delete({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteWalk(walk.id),
    onSuccess: async () => {
      say(t("deleted"));
      await navigate({ to: "/walks" });
      cache.removeQueries({ queryKey: walkQuery(walk.id).queryKey });
      await cache.invalidateQueries({ queryKey: [...walksKey, "list"] });
    },
    onError: (error) => { setAsks(false); say(asProblem(error).shown, "bad"); },
  });
  return (
    <>
      <Button variant="subtle" size="sm" leftSection={<Icon name="trash" size={16} />} onClick={() => setAsks(true)}>{t("delete", { ns: "common" })}</Button>
      {asks ? (
        <Confirm title={t("deleteTitle")} action={t("delete", { ns: "common" })} busy={remove.isPending} onConfirm={() => remove.mutate()} onClose={() => setAsks(false)}>
          {t("deleteText")}
        </Confirm>
      ) : null}
    </>
  );
}
