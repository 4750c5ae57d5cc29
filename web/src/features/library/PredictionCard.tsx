import { ActionIcon, Button, Checkbox, VisuallyHidden } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { When } from "~/format/When";
import { Icon } from "~/layout/icons";
import { walletKey } from "~/layout/TopBar";
import { useCancel } from "./actions";
import css from "./LibraryPage.module.css";
import { oneQuery } from "./queries";
import { Result } from "./Result";
import { isRunning, modelOf } from "./search";
import type { Selection } from "./use_selection";

type Prediction = Schemas["PredictionReply"];

const WATCH_MS = 1500;

interface Props {
  prediction: Prediction;
  selection: Selection;
  /** Whether its model walks. */
  walks: boolean;
  onDelete: () => void;
}

/** One prediction; picture and words lead to the model with the very inputs that made it. */
export function PredictionCard({ prediction: listed, selection, walks, onDelete }: Props) {
  const { t, i18n } = useTranslation("library");
  const prediction = useLive(listed);
  const running = isRunning(prediction);
  const when = new Date(prediction.created_at).toLocaleString(i18n.language, { dateStyle: "short", timeStyle: "short" });
  const label = { model: prediction.model, when };
  const toInputs = { to: "/$owner/$name", params: modelOf(prediction), search: { run: prediction.id } } as const;
  return (
    <li className={css.card} data-chosen={selection.chosen.has(prediction.id) || undefined}>
      <Link {...toInputs} className={css.picture} aria-busy={running}>
        <VisuallyHidden>{t("runOf", label)}</VisuallyHidden>
        <Result prediction={prediction} />
      </Link>
      {running ? null : (
        <Checkbox className={css.check} size="sm" aria-label={t("choose", label)} checked={selection.chosen.has(prediction.id)}
          onChange={(event) => selection.choose(prediction.id, event.currentTarget.checked)} />
      )}
      <div className={css.caption}>
        <span className={css.name}>{prediction.model}</span>
        <When at={prediction.created_at} />
      </div>
      <div className={css.actions}>
        <Link {...toInputs} className={css.change} aria-label={t("changeOf", label)}>
          {t("change")}
        </Link>
        {walks && prediction.status === "succeeded" && !prediction.data_removed ? (
          <Link to="/walks/new" search={{ run: prediction.id }} className={css.change} aria-label={t("walkOf", label)}>
            {t("walk")}
          </Link>
        ) : null}
        {running ? <Cancel id={prediction.id} label={t("cancelOf", label)} /> : <Ended prediction={prediction} label={label} onDelete={onDelete} />}
      </div>
    </li>
  );
}

function Cancel({ id, label }: { id: string; label: string }) {
  const { t } = useTranslation("common");
  const cancel = useCancel();
  return (
    <Button variant="default" size="compact-xs" aria-label={label} loading={cancel.isPending} onClick={() => cancel.mutate(id)}>
      {t("cancel")}
    </Button>
  );
}

function Ended({ prediction, label, onDelete }: { prediction: Prediction; label: { model: string; when: string }; onDelete: () => void }) {
  const { t } = useTranslation("library");
  const file = prediction.files[0];
  return (
    <span className={css.icons}>
      {file ? (
        <ActionIcon component="a" href={shownAddress(file.url)} download={`${modelOf(prediction).name}-${prediction.id.slice(-6)}`}
          variant="subtle" size="sm" aria-label={t("downloadOf", label)}>
          <Icon name="download" size={16} />
        </ActionIcon>
      ) : null}
      <ActionIcon variant="subtle" size="sm" aria-label={t("deleteOf", label)} onClick={onDelete}>
        <Icon name="trash" size={16} />
      </ActionIcon>
    </span>
  );
}

/** A running prediction is asked for alone: to ask for the whole list again would load every picture anew. */
function useLive(listed: Prediction): Prediction {
  const cache = useQueryClient();
  const wasRunning = isRunning(listed);
  const one = useQuery({
    ...oneQuery(listed.id),
    enabled: wasRunning,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data === undefined || isRunning(state.data) ? WATCH_MS : false),
  }).data;
  const endedNow = wasRunning && one !== undefined && !isRunning(one);
  useEffect(() => {
    if (endedNow) void cache.invalidateQueries({ queryKey: walletKey });
  }, [endedNow, cache]);
  return wasRunning && one ? one : listed;
}
