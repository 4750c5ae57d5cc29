import { Alert, Button, FileButton, Progress, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { bytes, percent } from "~/format/money";
import { Icon } from "~/layout/icons";
import { OpenUploads } from "./OpenUploads";
import css from "./Publish.module.css";
import { uploadsQuery, type Upload } from "./queries";
import { ACCEPTS, MAX_BYTES, uploadFault } from "./rules";
import { useUpload, type Sending } from "./use_upload";

/** The first step: a file is dropped or chosen and goes up in parts; uploads begun before go on. */
export function ChooseFile() {
  const { t } = useTranslation("publish");
  const navigate = useNavigate();
  const cache = useQueryClient();
  const uploads = useQuery(uploadsQuery);
  const [refused, setRefused] = useState<string | null>(null);
  const onComplete = useCallback((upload: Upload) => void navigate({ to: "/publish", search: { upload: upload.id } }), [navigate]);
  const { sending, start, pause } = useUpload(onComplete);

  const take = (file: File | null | undefined, wanted?: Upload) => {
    if (!file) return;
    const fault = uploadFault(file);
    if (fault !== null) return setRefused(t(fault, { size: bytes(file.size), most: bytes(MAX_BYTES) }));
    if (wanted && (wanted.file_name !== file.name || wanted.size_bytes !== file.size)) {
      return setRefused(t("anotherFile", { name: wanted.file_name, size: bytes(wanted.size_bytes) }));
    }
    setRefused(null);
    const begun = wanted ?? uploads.data?.find((each) => each.file_name === file.name && each.size_bytes === file.size && each.received_bytes < file.size);
    void start(file, begun ?? null);
  };
  const stopped = () => {
    pause();
    void cache.invalidateQueries({ queryKey: uploadsQuery.queryKey });
  };
  if (sending.state !== "idle") return <OnTheWay sending={sending} onPause={stopped} onAgain={start} />;
  return (
    <>
      <section className={css.part} aria-label={t("step_file")}>
        <DropPlace onFile={take} onFolder={() => setRefused(t("faultFolder"))} />
        {refused === null ? null : <Alert color="red" role="alert" variant="light">{refused}</Alert>}
        <Text size="sm" c="dimmed">{t("whatToDrop", { most: bytes(MAX_BYTES) })}</Text>
      </section>
      <OpenUploads list={uploads} onFile={take} />
    </>
  );
}

function DropPlace({ onFile, onFolder }: { onFile: (file: File | null | undefined) => void; onFolder: () => void }) {
  const { t } = useTranslation("publish");
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer.items[0]?.webkitGetAsEntry()?.isDirectory) return onFolder();
    onFile(event.dataTransfer.files[0]);
  };
  return (
    <div className={css.drop} data-over={over || undefined} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}>
      <Icon name="publish" size={32} />
      <span>{t("drop")}</span>
      <FileButton onChange={onFile} accept={ACCEPTS}>
        {(props) => <Button {...props}>{t("choose")}</Button>}
      </FileButton>
    </div>
  );
}

interface OnTheWayProps {
  sending: Exclude<Sending, { state: "idle" }>;
  onPause: () => void;
  onAgain: (file: File, upload: Upload | null) => void;
}

function OnTheWay({ sending, onPause, onAgain }: OnTheWayProps) {
  const { t } = useTranslation("publish");
  const { file } = sending;
  const received_bytes = sending.state === "sending" ? sending.received_bytes : (sending.upload?.received_bytes ?? 0);
  const share = received_bytes / file.size;
  return (
    <section className={css.part}>
      <Title order={2}>{t("uploading", { name: file.name })}</Title>
      <Progress value={share * 100} aria-label={t("progress")} color="var(--accent)" />
      <Text className={css.figures}>{t("sent", { share: percent(share), received: bytes(received_bytes), size: bytes(file.size) })}</Text>
      {sending.state === "sending" && sending.waiting ? <Text role="status">{t("waiting")}</Text> : null}
      {sending.state === "stopped" ? <Alert color="red" role="alert" variant="light">{sending.problem.shown}</Alert> : null}
      <div className={css.buttons}>
        {sending.state === "stopped" ? <Button onClick={() => onAgain(file, sending.upload)}>{t("goOn")}</Button> : null}
        <Button variant="default" onClick={onPause}>{t("pause")}</Button>
      </div>
    </section>
  );
}
