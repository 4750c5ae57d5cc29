/** In which order the frames of a walk are shown, once through. */

/** Places of so many frames; a ping-pong goes back over them. */
export function turnOrder(frames: number, ending: string): number[] {
  const forth = Array.from({ length: frames }, (_, place) => place);
  return ending === "ping-pong" ? [...forth, ...forth.slice(1, -1).reverse()] : forth;
}
