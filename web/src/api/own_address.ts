/** A link to this server as a path: it may have been written under another name of the server. */
export function ownAddress(value: string): string | null {
  const path = /^(?:https?:\/\/[^/]+)?(\/(?:blobs|v1\/files|thumbnails)\/.*)$/.exec(value)?.[1] ?? null;
  if (path === null || value.startsWith("/")) return path;
  const { hostname } = new URL(value);
  return hostname === window.location.hostname || isThisMachine(hostname) ? path : null;
}

const isThisMachine = (hostname: string) => hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";

/** An address from a reply, for a link or a picture. */
export const shownAddress = (address: string): string => ownAddress(address) ?? address;
