/** Cards that are put in order by a handle: dragged with a pointer or a finger, or moved with the arrow keys. */
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { orderAt, type Box } from "./reorder";

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

interface Drag {
  id: number;
  order: readonly number[];
}

/** While a card is dragged the others make room by their `order` alone: a card that is moved in the document would lose the pointer. */
export function useReorder(ids: readonly number[], onMove: (from: number, to: number) => void) {
  const list = useRef<HTMLUListElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const focus = useRef<number>(undefined);
  useEffect(() => {
    if (focus.current === undefined) return;
    list.current?.querySelector<HTMLElement>(`[data-handle="${String(focus.current)}"]`)?.focus();
    focus.current = undefined;
  });

  const begin = (id: number) => (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.focus();
    let now: Drag = { id, order: ids };
    setDrag(now);
    const move = (at: globalThis.PointerEvent) => {
      const order = orderAt(now.order, id, boxesIn(list.current), at.clientX, at.clientY);
      if (order !== now.order) setDrag((now = { id, order }));
    };
    const end = (how: Event) => {
      if (how instanceof globalThis.KeyboardEvent && how.key !== "Escape") return;
      for (const [name, listener] of listeners) window.removeEventListener(name, listener as EventListener);
      setDrag(null);
      const [from, to] = [ids.indexOf(id), now.order.indexOf(id)];
      if (how.type === "pointerup" && from !== to) onMove(from, to);
    };
    const listeners = [["pointermove", move], ["pointerup", end], ["pointercancel", end], ["keydown", end]] as const;
    for (const [name, listener] of listeners) window.addEventListener(name, listener as EventListener);
  };
  const press = (id: number) => (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = ids.indexOf(id);
    const to = from + step;
    if (to < 0 || to >= ids.length) return;
    focus.current = id; // a card that is moved in the document loses the focus
    onMove(from, to);
  };
  const placeOf = (id: number) => (drag?.order ?? ids).indexOf(id);
  return { list, dragged: drag?.id ?? null, placeOf, handle: (id: number) => ({ "data-handle": id, onPointerDown: begin(id), onKeyDown: press(id) }) };
}

function boxesIn(list: HTMLUListElement | null): ReadonlyMap<number, Box> {
  const cards = [...(list?.querySelectorAll<HTMLElement>("[data-card]") ?? [])];
  return new Map(cards.map((card) => [Number(card.dataset["card"]), card.getBoundingClientRect()]));
}
