/** The API, typed from openapi.json; a reply that is an error is thrown as a `Problem`. */
import createClient, { type Middleware } from "openapi-fetch";
import { fetchOrTake } from "./answers";
import type { PendingPaths } from "./pending";
import { asProblem, Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** The session's CSRF token is in a cookie that scripts may read; the session itself is in one that they may not. */
export const csrfToken = (cookies = document.cookie): string | null =>
  /(?:^|;\s*)(?:__Host-)?artrator_csrf=([^;]+)/.exec(cookies)?.[1] ?? null;

const proveOwnPage: Middleware = {
  onRequest: ({ request }) => {
    const token = csrfToken();
    if (token !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", token);
  },
};

export const api = createClient<paths & PendingPaths>({ baseUrl: "/", fetch: fetchOrTake });
api.use(proveOwnPage);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

const sessionEnded = new EventTarget();

/** Give the body of a reply: `await ask(api.GET("/v1/wallet"))`. Throws: Problem. */
export async function ask<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (error) {
    throw error instanceof DOMException && error.name === "AbortError" ? error : asProblem(error);
  }
  if (answer.response.ok) return answer.data as Data;
  const problem = problemOf(answer.response.status, answer.error);
  if (problem.status === 401 && problem.code === "not_authenticated") sessionEnded.dispatchEvent(new Event("ended"));
  throw problem;
}

/** Send raw bytes or a form, which the typed client does not do well; the reply is read as `ask` reads it. */
export async function send<Data>(path: string, options: RequestInit): Promise<Data> {
  const token = csrfToken();
  const headers = new Headers(options.headers);
  if (token !== null) headers.set("X-CSRF-Token", token);
  const reading = fetch(path, { ...options, headers }).then(async (response) => {
    const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    return response.ok ? { data: body as Data, response } : { error: body, response };
  });
  return ask<Data>(reading);
}

/** Hear of requests that were refused because nobody is logged in; gives the function that stops listening. */
export function onSessionEnded(listener: () => void): () => void {
  sessionEnded.addEventListener("ended", listener);
  return () => sessionEnded.removeEventListener("ended", listener);
}

/** A key for a create, so that a request sent twice acts once. */
export const idempotencyKey = (): string => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

export { Problem };
