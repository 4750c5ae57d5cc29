import { Button, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { useAccountChange } from "~/session/choices";
import type { Account } from "~/session/session";
import { say } from "~/states/notice";
import css from "./account.module.css";
import { Section } from "./Section";

const FIELDS = ["name", "bio"];

export function ProfileForm({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const [name, setName] = useState(account.name);
  const [bio, setBio] = useState(account.bio);
  const change = useAccountChange();
  const problem = change.error === null ? null : asProblem(change.error);
  const wrong = (field: string) => (problem?.field === field ? problem.shown : null);
  const save = () => change.mutate({ name, bio }, { onSuccess: () => say(t("saved")) });
  return (
    <Section title={t("profile")} about={t("profileAbout", { handle: account.username, email: account.email })}>
      <form className={css.form} onSubmit={(event) => (event.preventDefault(), save())}>
        <FormProblem problem={problem !== null && FIELDS.includes(problem.field ?? "") ? null : problem} />
        <TextInput label={t("name")} description={t("nameHint")} autoComplete="name" maxLength={60} value={name}
          onChange={(event) => setName(event.currentTarget.value)} error={wrong("name")} />
        <Textarea label={t("bio")} rows={4} maxLength={500} value={bio} onChange={(event) => setBio(event.currentTarget.value)}
          error={wrong("bio")} />
        <Button type="submit" loading={change.isPending}>
          {t("save", { ns: "common" })}
        </Button>
      </form>
    </Section>
  );
}
