import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { useArchive } from "./actions";
import css from "./LibraryPage.module.css";
import type { Selection } from "./use_selection";

interface Props {
  selection: Selection;
  /** What can be chosen now: all that is shown and has ended. */
  ids: readonly string[];
  onDelete: () => void;
}

/** Its place is kept while nothing is chosen, so that the grid stays where it is. */
export function SelectionBar({ selection, ids, onDelete }: Props) {
  const { t } = useTranslation("library");
  const archive = useArchive();
  const { chosen } = selection;
  if (chosen.size === 0) {
    return (
      <div className={css.bar}>
        <Button variant="subtle" size="xs" disabled={ids.length === 0} onClick={() => selection.chooseAll(ids)}>
          {t("chooseAll")}
        </Button>
      </div>
    );
  }
  return (
    <div className={css.bar} data-chosen>
      <span role="status">{t("chosen", { count: chosen.size })}</span>
      <Button size="xs" leftSection={<Icon name="download" size={16} />} loading={archive.isPending} onClick={() => archive.mutate([...chosen])}>
        {t("downloadZip")}
      </Button>
      <Button variant="default" size="xs" leftSection={<Icon name="trash" size={16} />} onClick={onDelete}>
        {t("delete", { ns: "common" })}
      </Button>
      <Button variant="subtle" size="xs" onClick={selection.clear}>
        {t("chooseNone")}
      </Button>
    </div>
  );
}
