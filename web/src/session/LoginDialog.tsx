import { Modal, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { loadWords } from "~/words/words";

const LoginForm = lazy(async () => {
  await loadWords("entry");
  return { default: (await import("~/features/entry/LoginForm")).LoginForm };
});

export default function LoginDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("common");
  return (
    <Modal opened={opened} onClose={onClose} title={t("sessionEnded")} closeButtonProps={{ "aria-label": t("close") }}>
      <Text mb="md" c="dimmed">
        {t("sessionEndedText")}
      </Text>
      <Suspense>
        <LoginForm onDone={onClose} />
      </Suspense>
    </Modal>
  );
}
