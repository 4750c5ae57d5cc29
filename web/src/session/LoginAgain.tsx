import { Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onSessionEnded } from "~/api/client";
import { loadWords } from "~/words/words";
import { sessionQuery } from "./session";

const LoginForm = lazy(async () => {
  await loadWords("entry");
  return { default: (await import("~/features/entry/LoginForm")).LoginForm };
});

/** When a request is refused because the session ended, log in over the page: what was typed there stays. */
export function LoginAgain() {
  const { t } = useTranslation("common");
  const cache = useQueryClient();
  const [open, setOpen] = useState(false);
  useEffect(
    () =>
      onSessionEnded(() => {
        cache.setQueryData(sessionQuery.queryKey, null);
        setOpen(true);
      }),
    [cache],
  );
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title={t("sessionEnded")} closeButtonProps={{ "aria-label": t("close") }}>
      <Text mb="md" c="dimmed">
        {t("sessionEndedText")}
      </Text>
      <Suspense>
        <LoginForm onDone={() => setOpen(false)} />
      </Suspense>
    </Modal>
  );
}
