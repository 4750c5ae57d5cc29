import { Button, Group, Modal, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  /** How many are to be deleted; with none of them it is closed. */
  number: number;
  busy: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

export function ConfirmDelete({ number, busy, onClose, onConfirm }: Props) {
  const { t } = useTranslation("library");
  return (
    <Modal opened={number > 0} onClose={onClose} title={t("deleteTitle")} closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <Text mb="md">{t("deleteText", { count: number })}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("cancel", { ns: "common" })}
        </Button>
        <Button loading={busy} onClick={onConfirm}>
          {t("delete", { ns: "common" })}
        </Button>
      </Group>
    </Modal>
  );
}
