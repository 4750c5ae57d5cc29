/** Routes that openapi.json does not describe yet, by hand; each leaves this file when `make generate` writes it. */
export type PendingPaths = Record<never, never>;
