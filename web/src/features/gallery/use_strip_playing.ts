/** When a walk's card plays: while a mouse is over it, unless the visitor wants nothing to move, or from a press on its button to the next. */
import { useReducedMotion } from "@mantine/hooks";
import { useState, type PointerEvent } from "react";

export function useStripPlaying(isWalk: boolean) {
  const isStill = useReducedMotion();
  const [isOver, setOver] = useState(false);
  const [pressed, setPressed] = useState<boolean | null>(null);
  const over = (is: boolean) => (event: PointerEvent) => {
    if (event.pointerType !== "mouse" || isStill) return;
    setOver(is);
    if (!is) setPressed(null);
  };
  const isPlaying = pressed ?? isOver;
  return {
    isPlaying,
    toggle: () => setPressed(!isPlaying),
    hover: isWalk ? { onPointerEnter: over(true), onPointerLeave: over(false) } : {},
  };
}
