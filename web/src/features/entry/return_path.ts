/** Where to go after logging in: only to a path of ours, whatever a link says. */
export function ownPath(wish: string | undefined): string {
  if (wish === undefined) return "/";
  try {
    const url = new URL(wish, "https://here.invalid");
    return url.host === "here.invalid" && url.protocol === "https:" ? url.pathname + url.search + url.hash : "/";
  } catch {
    return "/";
  }
}
