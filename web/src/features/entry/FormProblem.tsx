import { Alert } from "@mantine/core";
import type { Problem } from "~/api/problem";

/** What is wrong with a form as a whole, above its fields. */
export function FormProblem({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <Alert color="red" role="alert" variant="light">
      {problem.shown}
    </Alert>
  );
}
