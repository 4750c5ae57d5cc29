import { Button, Group, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { say } from "~/states/notice";

type Reason = Schemas["Reason"];
const REASONS: readonly Reason[] = ["stolen", "illegal", "harmful", "misleading", "spam", "other"];
const MAX_LETTERS = 2000;

interface Props {
  title: string;
  send: (report: { reason: Reason; details: string }) => Promise<unknown>;
  onClose: () => void;
}

/** A reason and a few words; a second report takes the place of the first while that is open. */
export default function ReportDialog({ title, send, onClose }: Props) {
  const { t } = useTranslation("report");
  const [reason, setReason] = useState<Reason | null>(null);
  const [details, setDetails] = useState("");
  const report = useMutation({
    mutationFn: (chosen: Reason) => send({ reason: chosen, details }),
    onSuccess: () => {
      say(t("reported"));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <form onSubmit={(event) => { event.preventDefault(); if (reason !== null) report.mutate(reason); }}>
        <Stack>
          <Radio.Group label={t("what")} required value={reason} onChange={(value) => setReason(value as Reason)}>
            <Stack gap="xs" mt="xs">
              {REASONS.map((each) => (
                <Radio key={each} value={each} label={t(`reason_${each}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <Textarea label={t("details")} description={t("hint")} autosize minRows={3} maxRows={10} maxLength={MAX_LETTERS}
            value={details} onChange={(event) => setDetails(event.currentTarget.value)} />
          <FormProblem problem={report.error === null ? null : asProblem(report.error)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button type="submit" disabled={reason === null} loading={report.isPending}>
              {t("send")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
