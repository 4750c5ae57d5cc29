import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { shownAddress } from "~/api/own_address";
import css from "./GalleryTile.module.css";
import { turnOrder } from "./film_order";
import { framesQuery } from "./queries";

const FRAMES = 24;
const FRAME_MS = 1000 / 12;

/** A walk's card in motion: some frames of the walk over its poster, as far as they have come. */
export function WalkStrip({ id }: { id: string }) {
  const frames = useQuery(framesQuery(id, FRAMES)).data;
  const [loaded, setLoaded] = useState(0);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((now) => now + 1), FRAME_MS);
    return () => clearInterval(timer);
  }, []);
  if (frames === undefined) return null;
  const order = turnOrder(Math.min(loaded, frames.results.length), frames.ending);
  const shown = order[turn % Math.max(1, order.length)];
  return (
    <span className={css.strip} aria-hidden>
      {frames.results.map((frame, place) => (
        <img key={frame.url} src={shownAddress(frame.thumbnail_url ?? frame.url)} alt="" data-shown={place === shown || undefined}
          onLoad={() => setLoaded((now) => now + 1)} />
      ))}
    </span>
  );
}
