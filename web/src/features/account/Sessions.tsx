import { Badge, Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { When } from "~/format/When";
import { say } from "~/states/notice";
import { Failed, Loading } from "~/states/states";
import css from "./account.module.css";
import { deviceOf } from "./device";
import { sessionsQuery } from "./queries";
import { Section } from "./Section";

export function Sessions() {
  const { t } = useTranslation("account");
  const cache = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: (id: string) => ask(api.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: id } } })),
    onSuccess: () => say(t("sessionEnded")),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => cache.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <Section title={t("sessions")} about={t("sessionsAbout")}>
      {sessions.isPending ? <Loading /> : null}
      {sessions.isError ? <Failed error={sessions.error} onRetry={() => void sessions.refetch()} /> : null}
      <ul className={css.list}>
        {sessions.data?.map((session) => {
          const device = deviceOf(session.user_agent) || t("unknownDevice");
          return (
            <li key={session.id}>
              <div>
                <p title={session.user_agent}>{device}</p>
                <p className={css.facts}>
                  <span>{session.address}</span>
                  <span>{t("lastSeen")} <When at={session.last_seen_at} /></span>
                  <span>{t("began")} <When at={session.created_at} /></span>
                </p>
              </div>
              {session.is_current ? (
                <Badge variant="default">{t("thisSession")}</Badge>
              ) : (
                <Button variant="default" size="xs" aria-label={t("endSession", { device })} loading={end.isPending && end.variables === session.id}
                  onClick={() => end.mutate(session.id)}>
                  {t("end")}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
