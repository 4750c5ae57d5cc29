import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { PasswordField } from "~/features/entry/PasswordField";
import { say } from "~/states/notice";
import css from "./account.module.css";
import { sessionsQuery } from "./queries";
import { Section } from "./Section";

const FIELDS = ["current_password", "new_password"];

export function PasswordForm() {
  const { t } = useTranslation("account");
  const cache = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => ask(api.POST("/v1/account/password", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      say(t("passwordChanged"));
      return cache.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  const problem = change.error === null ? null : asProblem(change.error);
  const wrong = (field: string) => (problem?.field === field ? problem.shown : null);
  return (
    <Section title={t("password")} about={t("passwordAbout")}>
      <form className={css.form} onSubmit={(event) => (event.preventDefault(), change.mutate())}>
        <FormProblem problem={problem !== null && FIELDS.includes(problem.field ?? "") ? null : problem} />
        <PasswordField label={t("currentPassword")} autoComplete="current-password" value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)} error={wrong("current_password")} />
        <PasswordField label={t("newPassword")} description={t("passwordHint")} autoComplete="new-password" minLength={10}
          value={next} onChange={(event) => setNext(event.currentTarget.value)} error={wrong("new_password")} />
        <Button type="submit" variant="default" loading={change.isPending}>
          {t("changePassword")}
        </Button>
      </form>
    </Section>
  );
}
