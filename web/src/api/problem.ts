/** What went wrong with a request, in one shape, whether the server said it or the network did. */
import i18n from "i18next";

export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  /** The input at fault, as a dotted path such as `inputs.seed`. */
  readonly field: string | null;
  readonly facts: Facts;

  constructor(detail: string, given: { status: number; code: string; field?: string | null; facts?: Facts | null }) {
    super(detail);
    this.status = given.status;
    this.code = given.code;
    this.field = given.field ?? null;
    this.facts = given.facts ?? {};
  }

  /** The sentence to show: ours in the visitor's language where we have one, else the server's. */
  get shown(): string {
    return i18n.t(this.code, { ns: "problems", ...this.facts, status: this.status, defaultValue: this.message });
  }
}

/** Read an error reply (RFC 9457); anything else than ours becomes `unexpected`. */
export function problemOf(status: number, body: unknown): Problem {
  if (typeof body === "object" && body !== null && "detail" in body && "code" in body) {
    const { detail, code, field, facts } = body as { detail: unknown; code: unknown; field?: string; facts?: Facts };
    return new Problem(String(detail), { status, code: String(code), field: field ?? null, facts: facts ?? null });
  }
  return new Problem(`status ${status}`, { status, code: "unexpected" });
}

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem(error instanceof Error ? error.message : String(error), {
        status: 0,
        code: error instanceof TypeError ? "unreachable" : "unexpected",
      });
