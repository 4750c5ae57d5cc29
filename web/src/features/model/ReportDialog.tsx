import { Button, Group, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { FormProblem } from "~/features/entry/FormProblem";
import { say } from "~/states/notice";

type Reason = Schemas["Reason"];
const REASONS: readonly Reason[] = ["stolen", "illegal", "harmful", "misleading", "spam", "other"];
const MAX_LETTERS = 2000;

interface Props {
  model: Schemas["ModelReply"];
  onClose: () => void;
}

/** A reason and a few words; a second report takes the place of the first while that is open. */
export default function ReportDialog({ model, onClose }: Props) {
  const { t } = useTranslation("model");
  const [reason, setReason] = useState<Reason | null>(null);
  const [details, setDetails] = useState("");
  const path = { owner: model.owner, name: model.name };
  const report = useMutation({
    mutationFn: (chosen: Reason) => ask(api.POST("/v1/models/{owner}/{name}/reports", { params: { path }, body: { reason: chosen, details } })),
    onSuccess: () => {
      say(t("reported"));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("reportTitle", { model: `${model.owner}/${model.name}` })}
      closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <form onSubmit={(event) => { event.preventDefault(); if (reason !== null) report.mutate(reason); }}>
        <Stack>
          <Radio.Group label={t("reportReason")} required value={reason} onChange={(value) => setReason(value as Reason)}>
            <Stack gap="xs" mt="xs">
              {REASONS.map((each) => (
                <Radio key={each} value={each} label={t(`reason_${each}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <Textarea label={t("reportDetails")} description={t("reportHint")} autosize minRows={3} maxRows={10} maxLength={MAX_LETTERS}
            value={details} onChange={(event) => setDetails(event.currentTarget.value)} />
          <FormProblem problem={report.error === null ? null : asProblem(report.error)} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button type="submit" disabled={reason === null} loading={report.isPending}>
              {t("sendReport")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
