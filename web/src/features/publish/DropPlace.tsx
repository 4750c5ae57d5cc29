import { Button, FileButton } from "@mantine/core";
import { useState, type ComponentProps, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { chosenFolder, droppedFolder, type Folder } from "./folder";
import css from "./Publish.module.css";
import { ACCEPTS } from "./rules";

interface Props {
  onFile: (file: File | null | undefined) => void;
  onFolder: (folder: Folder) => void;
  onUnreadable: () => void;
}

/** No standard names it yet, so React's types do not either; every browser of today has it. */
const CHOOSES_FOLDERS = { webkitdirectory: "" } as ComponentProps<"input">;

/** Takes a file or a folder, dropped or chosen. */
export function DropPlace({ onFile, onFolder, onUnreadable }: Props) {
  const { t } = useTranslation("publish");
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const entry = event.dataTransfer.items[0]?.webkitGetAsEntry();
    if (entry?.isDirectory) droppedFolder(entry as FileSystemDirectoryEntry).then(onFolder, onUnreadable);
    else onFile(event.dataTransfer.files[0]);
  };
  const choose = (files: File[]) => {
    const folder = chosenFolder(files);
    if (folder !== null) onFolder(folder);
  };
  return (
    <div className={css.drop} data-over={over || undefined} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}>
      <Icon name="publish" size={32} />
      <span>{t("drop")}</span>
      <div className={css.buttons}>
        <FileButton onChange={onFile} accept={ACCEPTS}>
          {(props) => <Button {...props}>{t("choose")}</Button>}
        </FileButton>
        <FileButton multiple onChange={choose} inputProps={CHOOSES_FOLDERS}>
          {(props) => <Button variant="default" {...props}>{t("chooseFolder")}</Button>}
        </FileButton>
      </div>
    </div>
  );
}
