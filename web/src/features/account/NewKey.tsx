import { Button, Checkbox, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { Icon } from "~/layout/icons";
import type { Account } from "~/session/session";
import { say } from "~/states/notice";
import css from "./account.module.css";
import { expiryOf, LIFETIMES } from "./lifetime";
import { keysQuery } from "./queries";

const SCOPES: readonly Schemas["Scope"][] = ["run", "publish", "wallet", "keys"];
const FIELDS = ["name", "scopes"];

/** The form for a key, and its secret, which nobody can read again. */
export function NewKey({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["run"]);
  const [lifetime, setLifetime] = useState("");
  const offered = account.roles.includes("operator") ? [...SCOPES, "operate" as const] : SCOPES;
  const create = useMutation({
    mutationFn: () => {
      const wanted = offered.filter((scope) => scopes.includes(scope));
      return ask(api.POST("/v1/keys", { body: { name: name.trim(), scopes: wanted, expires_at: expiryOf(lifetime, new Date()) } }));
    },
    onSuccess: () => {
      setName("");
      return cache.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  const problem = create.error === null ? null : asProblem(create.error);
  const wrong = (field: string) => (problem?.field === field ? problem.shown : null);
  if (create.data) return <Secret made={create.data} onDone={create.reset} />;
  return (
    <form className={css.form} onSubmit={(event) => (event.preventDefault(), create.mutate())}>
      <FormProblem problem={problem !== null && FIELDS.includes(problem.field ?? "") ? null : problem} />
      <TextInput label={t("keyName")} description={t("keyNameHint")} required maxLength={100} value={name}
        onChange={(event) => setName(event.currentTarget.value)} error={wrong("name")} autoComplete="off" />
      <Checkbox.Group label={t("scopes")} value={scopes} onChange={setScopes} error={wrong("scopes")}>
        <Stack gap="xs" mt="xs">
          {offered.map((scope) => (
            <Checkbox key={scope} value={scope} label={t(`scope_${scope}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <NativeSelect label={t("lifetime")} value={lifetime} onChange={(event) => setLifetime(event.currentTarget.value)}
        data={LIFETIMES.map((days) => ({ value: days, label: days === "" ? t("forEver") : t("forDays", { count: Number(days) }) }))} />
      <Button type="submit" loading={create.isPending} variant="default">
        {t("makeKey")}
      </Button>
    </form>
  );
}

function Secret({ made, onDone }: { made: Schemas["NewKeyReply"]; onDone: () => void }) {
  const { t } = useTranslation("account");
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.secret);
      say(t("copied", { ns: "common" }));
    } catch {
      field.current?.select(); // no clipboard without https: it can be copied by hand
    }
  };
  return (
    <div className={css.secret} role="status">
      <p>
        <strong>{t("secretTitle", { name: made.key.name })}</strong>
      </p>
      <p>{t("secretText")}</p>
      <div className={css.secretRow}>
        <TextInput ref={field} readOnly value={made.secret} aria-label={t("secret")} classNames={{ input: css.mono ?? "" }}
          onFocus={(event) => event.currentTarget.select()} />
        <Button variant="default" leftSection={<Icon name="copy" size={16} />} onClick={() => void copy()}>
          {t("copy", { ns: "common" })}
        </Button>
      </div>
      <Button variant="default" className={css.start ?? ""} onClick={onDone}>
        {t("secretKept")}
      </Button>
    </div>
  );
}
