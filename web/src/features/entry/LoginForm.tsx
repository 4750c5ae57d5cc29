import { Button, Stack, TextInput } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "~/api/problem";
import { useKeptChoices } from "~/session/choices";
import { useSessionActions } from "~/session/session";
import { FormProblem } from "./FormProblem";
import { PasswordField } from "./PasswordField";

export function LoginForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("entry");
  const { logIn } = useSessionActions();
  const applyKept = useKeptChoices();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await applyKept(await logIn(String(form.get("email")), String(form.get("password"))));
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
        <FormProblem problem={problem} />
        <TextInput name="email" type="email" label={t("email")} autoComplete="username" required />
        <PasswordField name="password" label={t("password")} autoComplete="current-password" />
        <Button type="submit" loading={busy}>
          {t("logIn")}
        </Button>
      </Stack>
    </form>
  );
}
