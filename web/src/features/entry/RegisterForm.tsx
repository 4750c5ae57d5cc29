import { Button, Stack, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "~/api/problem";
import { useSessionActions } from "~/session/session";
import { FormProblem } from "./FormProblem";
import { PasswordField } from "./PasswordField";

const FIELDS = ["email", "handle", "password"];

/** Make an account and log in with it. */
export function RegisterForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("entry");
  const { register, logIn } = useSessionActions();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const wrong = (field: string) => (problem?.field === field ? problem.shown : null);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    const [email, password, handle] = ["email", "password", "handle"].map((name) => String(form.get(name)));
    setBusy(true);
    setProblem(null);
    try {
      await register(email ?? "", password ?? "", handle ?? "");
      await logIn(email ?? "", password ?? "");
      onDone();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <FormProblem problem={problem !== null && FIELDS.includes(problem.field ?? "") ? null : problem} />
        <TextInput name="email" type="email" label={t("email")} autoComplete="username" required error={wrong("email")} />
        <TextInput name="handle" label={t("handle")} description={t("handleHint")} autoComplete="nickname" required
          minLength={2} maxLength={39} pattern="[a-z0-9](-?[a-z0-9])+" autoCapitalize="none" error={wrong("handle")} />
        <PasswordField name="password" label={t("password")} description={t("passwordHint")} autoComplete="new-password"
          minLength={10} error={wrong("password")} />
        <Button type="submit" loading={busy}>
          {t("register")}
        </Button>
      </Stack>
    </form>
  );
}
