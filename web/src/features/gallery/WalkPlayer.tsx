import { ActionIcon, Slider } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import { Icon } from "~/layout/icons";
import { turnOrder } from "./film_order";
import css from "./ItemPage.module.css";
import { framesQuery, type Item } from "./queries";

/** Asked before the first drawing: a film that was told to play once does not stand still again. */
const AT_ONCE = { getInitialValueInEffect: false };
const FRAMES = 240; // more would not be seen, and each is a request

interface Props {
  item: Item;
  alt: string;
  /** Stands there until the film is. */
  poster: ReactNode;
}

/** The film of a walk where there is one, or its frames one after the other; both stand still until asked where nothing is to move. */
export default function WalkPlayer({ item, alt, poster }: Props) {
  const isStill = useReducedMotion(undefined, AT_ONCE);
  const { film_url, url } = item.media;
  if (film_url) {
    return (
      <div className={css.film}>
        <video className={css.picture} src={shownAddress(film_url)} poster={shownAddress(url)} aria-label={alt} controls loop muted playsInline autoPlay={!isStill} />
      </div>
    );
  }
  return <FramePlayer item={item} alt={alt} poster={poster} startsPlaying={!isStill} />;
}

function FramePlayer({ item, alt, poster, startsPlaying }: Props & { startsPlaying: boolean }) {
  const { t } = useTranslation("gallery");
  const reply = useQuery(framesQuery(item.id, FRAMES)).data;
  const frames = useMemo(() => reply?.results ?? [], [reply]);
  const order = useMemo(() => turnOrder(frames.length, reply?.ending ?? "stop"), [frames, reply]);
  const loaded = useLoaded(useMemo(() => frames.map((frame) => shownAddress(frame.url)), [frames]));
  const [turn, setTurn] = useState(0);
  const [wanted, setWanted] = useState<boolean | null>(null);
  const playing = wanted ?? startsPlaying;
  const frameMs = reply ? (1000 * reply.frames) / (reply.fps * Math.max(1, frames.length)) : 1000;
  const canPlay = playing && loaded === frames.length && frames.length > 1;
  useEffect(() => {
    if (!canPlay) return;
    const timer = setInterval(() => setTurn((now) => now + 1), frameMs);
    return () => clearInterval(timer);
  }, [canPlay, frameMs]);
  const place = order[turn % Math.max(1, order.length)] ?? 0;
  const frame = frames[place];
  return (
    <div className={css.film}>
      {frame && loaded > place ? <img className={css.picture} src={shownAddress(frame.url)} alt={alt} /> : poster}
      <div className={css.controls}>
        <ActionIcon variant="default" aria-label={t(playing ? "pause" : "play")} disabled={frames.length < 2} onClick={() => setWanted(!playing)}>
          <Icon name={playing ? "pause" : "play"} size={16} />
        </ActionIcon>
        <Slider aria-label={t("place")} thumbLabel={t("place")} min={0} max={Math.max(1, frames.length - 1)} value={place} label={null} size="sm"
          onChange={(to) => {
            setWanted(false);
            setTurn(to);
          }} />
        <span className={css.counter}>{t("frameOf", { frame: Math.min(place + 1, frames.length), frames: frames.length })}</span>
      </div>
    </div>
  );
}

/** How many of these pictures, from the first on, the browser has: they are shown without a gap. */
function useLoaded(addresses: readonly string[]): number {
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    let isGone = false;
    const load = async () => {
      for (const [place, address] of addresses.entries()) {
        const picture = new Image();
        picture.src = address;
        await picture.decode().catch(() => undefined); // one that is missing is a gap in the film, not its end
        if (isGone) return;
        setLoaded(place + 1);
      }
    };
    void load();
    return () => void (isGone = true);
  }, [addresses]);
  return Math.min(loaded, addresses.length);
}
