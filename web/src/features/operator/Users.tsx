import { Button, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { When } from "~/format/When";
import { Icon } from "~/layout/icons";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import { More } from "./More";
import css from "./operator.module.css";
import { usersQuery } from "./queries";
import { Section } from "./Section";

type User = Schemas["UserReply"];
const TYPING_MS = 220;

export function Users({ own }: { own: string }) {
  const { t } = useTranslation("operator");
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), TYPING_MS);
  const [disabled, setDisabled] = useState<User | null>(null);
  const users = useInfiniteQuery(usersQuery(query));
  const shown = users.data?.pages.flatMap((page) => page.results) ?? [];
  const change = useSwitch(() => setDisabled(null));
  const tools = (
    <TextInput type="search" className={css.search ?? ""} aria-label={t("searchUsers")} placeholder={t("searchUsers")} leftSection={<Icon name="search" size={16} />}
      maxLength={254} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
  );
  return (
    <Section title={t("users")} query={users} tools={tools}>
      {shown.length === 0 ? <Text c="dimmed">{t("noUsers")}</Text> : null}
      <ul className={css.list}>
        {shown.map((user) => (
          <li key={user.id}>
            <UserFacts user={user} />
            {user.username === own ? null : (
              <Button variant="default" size="xs" aria-label={t(user.disabled ? "enableUser" : "disableUser", { handle: user.username })}
                loading={change.isPending && change.variables.id === user.id}
                onClick={() => (user.disabled ? change.mutate(user) : setDisabled(user))}>
                {t(user.disabled ? "enable" : "disable")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <More list={users} />
      {disabled === null ? null : (
        <Confirm title={t("disableUser", { handle: disabled.username })} action={t("disable")} busy={change.isPending}
          onConfirm={() => change.mutate(disabled)} onClose={() => setDisabled(null)}>
          {t("disableText")}
        </Confirm>
      )}
    </Section>
  );
}

/** Shut a user out, or let one in again. */
function useSwitch(onDone: () => void) {
  const { t } = useTranslation("operator");
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ username: handle, disabled }: User) =>
      disabled
        ? ask(api.POST("/v1/users/{handle}/enable", { params: { path: { handle } } }))
        : ask(api.POST("/v1/users/{handle}/disable", { params: { path: { handle } } })),
    onSuccess: (_nothing, { username, disabled }) => say(t(disabled ? "enabled" : "disabled", { handle: username })),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => {
      onDone();
      return askAnew(cache, ["operator"]);
    },
  });
}

function UserFacts({ user }: { user: User }) {
  const { t } = useTranslation("operator");
  return (
    <div className={css.name}>
      <strong>{user.username}</strong>
      <span>{user.email}</span>
      <span className={css.soft}>{user.roles.map((role) => t(`role_${role}`)).join(", ")}</span>
      <span className={css.soft}>
        {t("since")} <When at={user.created_at} />
      </span>
      {user.disabled ? <span className={css.bad}>{t("count_disabled")}</span> : null}
    </div>
  );
}
