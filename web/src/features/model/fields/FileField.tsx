import { Button, FileButton, Input, TextInput } from "@mantine/core";
import { useEffect, useId, useState, type ClipboardEvent, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { fileFault, type Value } from "../fields";
import type { FieldProps } from "../InputForm";
import css from "../InputForm.module.css";
import { CameraShot } from "./CameraShot";
import { usePicture } from "./use_picture";

const ACCEPTS = { image: "image/png,image/jpeg,image/webp", audio: "audio/*", file: "" } as const;

/** A picture or another file: dropped, pasted, chosen, taken with the camera, or by its address. */
export function FileField({ field, value, error, onChange }: FieldProps<"image" | "audio" | "file">) {
  const { t } = useTranslation("model");
  const id = useId();
  const kind = field.kind as "image" | "audio" | "file";
  const [refused, setRefused] = useState<string | null>(null);
  const take = (file: File | null | undefined) => {
    if (!file) return;
    const fault = fileFault(kind, file);
    setRefused(fault === null ? null : t(fault));
    if (fault === null) onChange(file);
  };
  usePaste(kind === "image" && value === undefined, take);
  return (
    <Input.Wrapper label={field.title} description={field.description || undefined} error={refused ?? error} withAsterisk={field.required}
      labelElement="div" id={id}>
      {value === undefined ? (
        <Ways kind={kind} label={field.title} onFile={take} onAddress={onChange} />
      ) : (
        <Chosen kind={kind} value={value} onClear={() => onChange(undefined)} />
      )}
    </Input.Wrapper>
  );
}

interface WaysProps {
  kind: "image" | "audio" | "file";
  label: string;
  onFile: (file: File | null | undefined) => void;
  onAddress: (address: string) => void;
}

function Ways({ kind, label, onFile, onAddress }: WaysProps) {
  const { t } = useTranslation("model");
  const [over, setOver] = useState(false);
  const [camera, setCamera] = useState(false);
  const [address, setAddress] = useState("");
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  if (camera) return <CameraShot onShot={onFile} onClose={() => setCamera(false)} />;
  return (
    <div className={css.drop} data-over={over || undefined} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}>
      <span>{t(`drop_${kind}`)}</span>
      <div className={css.buttons}>
        <FileButton onChange={onFile} accept={ACCEPTS[kind]}>
          {(props) => <Button {...props} size="xs" variant="default" aria-label={`${t("chooseFile")}: ${label}`}>{t("chooseFile")}</Button>}
        </FileButton>
        {kind === "image" ? (
          <Button size="xs" variant="default" leftSection={<Icon name="camera" size={16} />} onClick={() => setCamera(true)}>
            {t("camera")}
          </Button>
        ) : null}
      </div>
      <div className={css.address}>
        <TextInput size="xs" type="url" inputMode="url" aria-label={t("address")} placeholder="https://…" value={address}
          onChange={(event) => setAddress(event.currentTarget.value)} />
        <Button size="xs" variant="default" disabled={!/^https?:\/\/\S+$/.test(address)} onClick={() => onAddress(address)}>
          {t("useAddress")}
        </Button>
      </div>
    </div>
  );
}

function Chosen({ kind, value, onClear }: { kind: string; value: NonNullable<Value>; onClear: () => void }) {
  const { t } = useTranslation("model");
  const picture = usePicture(value);
  return (
    <div className={css.chosen}>
      {kind === "image" && picture ? <img src={picture} alt={t("chosenPicture")} width={88} height={88} /> : null}
      <span>{value instanceof File ? value.name : t(String(value).startsWith("/") || picture ? "chosenBefore" : "chosenAddress")}</span>
      <Button size="xs" variant="default" onClick={onClear}>
        {t("change")}
      </Button>
    </div>
  );
}

/** Take a picture from the clipboard wherever on the page it is pasted. */
function usePaste(wanted: boolean, take: (file: File | undefined) => void): void {
  useEffect(() => {
    if (!wanted) return;
    const paste = (event: Event) => {
      const files = (event as unknown as ClipboardEvent).clipboardData?.files;
      const file = [...(files ?? [])].find((each) => each.type.startsWith("image/"));
      if (!file) return;
      event.stopImmediatePropagation(); // one picture fills one field
      take(file);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  });
}
