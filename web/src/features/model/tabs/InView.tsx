import { useEffect, useRef, useState, type ReactNode } from "react";
import css from "./tabs.module.css";

const AHEAD = "200px";

/** What nobody asked for is loaded when the visitor comes near it: most look at the picture first. */
export function InView({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || near) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), { rootMargin: AHEAD });
    observer.observe(element);
    return () => observer.disconnect();
  }, [near]);
  return near ? children : <div ref={place} className={css.later} />;
}
