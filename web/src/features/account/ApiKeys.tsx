import { Button, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { When } from "~/format/When";
import type { Account } from "~/session/session";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import { Failed, Loading } from "~/states/states";
import css from "./account.module.css";
import { NewKey } from "./NewKey";
import { keysQuery } from "./queries";
import { Section } from "./Section";

type Key = Schemas["KeyReply"];

export function ApiKeys({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const keys = useQuery(keysQuery);
  const [revoked, setRevoked] = useState<Key | null>(null);
  return (
    <Section title={t("keys")} about={t("keysAbout")}>
      {keys.isPending ? <Loading /> : null}
      {keys.isError ? <Failed error={keys.error} onRetry={() => void keys.refetch()} /> : null}
      {keys.data?.length === 0 ? <Text>{t("noKeys")}</Text> : null}
      {keys.data && keys.data.length > 0 ? (
        <ul className={css.list}>
          {keys.data.map((key) => (
            <li key={key.id}>
              <KeyFacts made={key} />
              <Button variant="default" size="xs" aria-label={t("revokeKey", { name: key.name })} onClick={() => setRevoked(key)}>
                {t("revoke")}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      <NewKey account={account} />
      {revoked === null ? null : <Revoke revoked={revoked} onClose={() => setRevoked(null)} />}
    </Section>
  );
}

function KeyFacts({ made }: { made: Key }) {
  const { t } = useTranslation("account");
  return (
    <div>
      <p>
        <strong>{made.name}</strong> <span className={css.mono}>{made.prefix}…</span>
      </p>
      <p className={css.facts}>
        <span>{made.scopes.map((scope) => t(`scope_${scope}`)).join(", ")}</span>
        <span>
          {made.last_used_at === null ? t("neverUsed") : <>{t("lastUsed")} <When at={made.last_used_at} /></>}
        </span>
        {made.expires_at === null ? null : <span>{t("expires")} <When at={made.expires_at} /></span>}
      </p>
    </div>
  );
}

function Revoke({ revoked, onClose }: { revoked: Key; onClose: () => void }) {
  const { t } = useTranslation("account");
  const cache = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => ask(api.DELETE("/v1/keys/{key_id}", { params: { path: { key_id: revoked.id } } })),
    onSuccess: () => say(t("revoked")),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => {
      onClose();
      return cache.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
  });
  return (
    <Confirm title={t("revokeKey", { name: revoked.name })} action={t("revoke")} busy={revoke.isPending} onConfirm={() => revoke.mutate()} onClose={onClose}>
      {t("revokeText")}
    </Confirm>
  );
}
