/** Where a card is dropped that is dragged among others, whatever rows they stand in. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The order after the pointer came to x, y: the dragged card takes the place of the one under the pointer, once it is past its middle. */
export function orderAt(order: readonly number[], dragged: number, boxes: ReadonlyMap<number, Box>, x: number, y: number): readonly number[] {
  const own = boxes.get(dragged);
  const under = order.find((id) => id !== dragged && holds(boxes.get(id), x, y));
  const box = under === undefined ? undefined : boxes.get(under);
  if (own === undefined || under === undefined || box === undefined) return order;
  const [from, to] = [order.indexOf(dragged), order.indexOf(under)];
  const isForward = to > from;
  const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
  const sideBySide = own.top < box.bottom && box.top < own.bottom; // else one card is above the other
  const isPast = sideBySide ? (isForward ? x > middle.x : x < middle.x) : isForward ? y > middle.y : y < middle.y;
  const inOneColumn = Math.abs(own.left - box.left) < 1;
  if (!isPast && (sideBySide || inOneColumn)) return order;
  const next = order.filter((id) => id !== dragged);
  next.splice(to, 0, dragged);
  return next;
}

const holds = (box: Box | undefined, x: number, y: number) => box !== undefined && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
