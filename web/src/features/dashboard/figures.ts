/** Figures of several days as one. */
interface Runs {
  runs: number;
  succeeded: number;
  failed: number;
}

/** The share that succeeded of the runs that ended by themselves; null where none did: a run that somebody cancelled is no failure. */
export function successShare({ succeeded, failed }: Pick<Runs, "succeeded" | "failed">): number | null {
  const ended = succeeded + failed;
  return ended === 0 ? null : succeeded / ended;
}

export const total = (days: readonly Runs[]): Runs =>
  days.reduce(
    (sum, day) => ({ runs: sum.runs + day.runs, succeeded: sum.succeeded + day.succeeded, failed: sum.failed + day.failed }),
    { runs: 0, succeeded: 0, failed: 0 },
  );
