import { Alert, Button, Progress, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { bytes, percent } from "~/format/money";
import { DropPlace } from "./DropPlace";
import { folderFault, sizeOf, type Folder } from "./folder";
import { OpenUploads } from "./OpenUploads";
import css from "./Publish.module.css";
import { uploadsQuery, type Upload } from "./queries";
import { MAX_BYTES, uploadFault } from "./rules";
import { useFolder, type Packing } from "./use_folder";
import { useUpload, type Sending } from "./use_upload";

/** The first step: a file is dropped or chosen, or a folder is packed into one, and goes up in parts; uploads begun before go on. */
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
  const unreadable = () => setRefused(t("faultUnreadable"));
  const folder = useFolder(take, unreadable);
  const takeFolder = (dropped: Folder) => {
    const fault = folderFault(dropped);
    setRefused(fault === null ? null : t(fault, { name: dropped.name, size: bytes(sizeOf(dropped.members)), most: bytes(MAX_BYTES) }));
    if (fault === null) void folder.pack(dropped);
  };
  const stopped = () => {
    pause();
    void cache.invalidateQueries({ queryKey: uploadsQuery.queryKey });
  };
  if (folder.packing !== null) return <OnePacking packing={folder.packing} onCancel={folder.cancel} />;
  if (sending.state !== "idle") return <OnTheWay sending={sending} onPause={stopped} onAgain={start} />;
  return (
    <>
      <section className={css.part} aria-label={t("step_file")}>
        <DropPlace onFile={take} onFolder={takeFolder} onUnreadable={unreadable} />
        {refused === null ? null : <Alert color="red" role="alert" variant="light">{refused}</Alert>}
        <Text size="sm" c="dimmed">{t("whatToDrop", { most: bytes(MAX_BYTES) })}</Text>
      </section>
      <OpenUploads list={uploads} onFile={take} />
    </>
  );
}

function OnePacking({ packing, onCancel }: { packing: Packing; onCancel: () => void }) {
  const { t } = useTranslation("publish");
  const { name, percent: done, packed_bytes, size_bytes } = packing;
  return (
    <section className={css.part}>
      <Title order={2}>{t("packing", { name })}</Title>
      <Progress value={done} aria-label={t("packed")} color="var(--accent)" />
      <Text className={css.figures}>{t("sent", { share: percent(done / 100), received: bytes(packed_bytes), size: bytes(size_bytes) })}</Text>
      <div className={css.buttons}>
        <Button variant="default" onClick={onCancel}>{t("cancel", { ns: "common" })}</Button>
      </div>
    </section>
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
