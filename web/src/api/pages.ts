/** Lists come in pages, each naming the next one by a cursor in an address. */

/** The cursor in a page's `next`; undefined after the last page. */
export function nextCursor(page: { next?: unknown }): string | undefined {
  if (typeof page.next !== "string") return undefined;
  return new URL(page.next, "http://here.invalid").searchParams.get("cursor") ?? undefined;
}
