import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { PasswordField } from "~/features/entry/PasswordField";
import { money } from "~/format/money";
import { walletKey } from "~/layout/TopBar";
import { useSessionActions, type Account } from "~/session/session";
import { say } from "~/states/notice";
import css from "./account.module.css";
import { Section } from "./Section";

export function DeleteAccount({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const [open, setOpen] = useState(false);
  return (
    <Section title={t("deleteAccount")} about={t("deleteAbout")}>
      <Button variant="default" className={css.grave ?? ""} onClick={() => setOpen(true)}>
        {t("deleteOpen")}
      </Button>
      {open ? <DeleteDialog account={account} onClose={() => setOpen(false)} /> : null}
    </Section>
  );
}

function DeleteDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation("account");
  const navigate = useNavigate();
  const { deleteAccount } = useSessionActions();
  const [password, setPassword] = useState("");
  const remove = useMutation({
    mutationFn: () => deleteAccount(password),
    onSuccess: () => {
      say(t("deleted"));
      void navigate({ to: "/" });
    },
  });
  const problem = remove.error === null ? null : asProblem(remove.error);
  return (
    <Modal opened onClose={onClose} title={t("deleteTitle", { handle: account.username })} closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <form onSubmit={(event) => (event.preventDefault(), remove.mutate())}>
        <Stack>
          <GivenUp />
          <ul className={css.gone}>
            <li>{t("gone_login")}</li>
            <li>{t("gone_models")}</li>
            <li>{t("gone_runs")}</li>
            <li>{t("gone_stays")}</li>
          </ul>
          <FormProblem problem={problem?.field === "password" ? null : problem} />
          <PasswordField label={t("yourPassword")} autoComplete="current-password" value={password}
            onChange={(event) => setPassword(event.currentTarget.value)} error={problem?.field === "password" ? problem.shown : null} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button type="submit" color="red.9" loading={remove.isPending}>
              {t("deleteForEver")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What deletion costs, with the amount where it is known. */
function GivenUp() {
  const { t } = useTranslation("account");
  const wallet = useQuery({ queryKey: walletKey, queryFn: () => ask(api.GET("/v1/wallet")) });
  const lost = wallet.data ? money(wallet.data.available.micros + wallet.data.earned.micros, wallet.data.currency) : null;
  return (
    <Alert color="red" variant="light" title={t("givenUpTitle")}>
      {lost === null ? t("givenUp") : t("givenUpAmount", { amount: lost })}
    </Alert>
  );
}
