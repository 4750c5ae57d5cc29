import { Alert, Button, NumberInput, Progress, SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shownAddress } from "~/api/own_address";
import { bytes, count } from "~/format/money";
import { Icon } from "~/layout/icons";
import { MOST_FPS } from "./composition";
import type { Film, Format, Walk } from "./walk";
import { useFilm } from "./use_film";
import css from "./WalkPage.module.css";

const FORMATS = ["webm", "mp4", "gif", "webp", "zip"] as const;

/** The walk as a file to take home. */
export function FilmExport({ walk }: { walk: Walk }) {
  const { t } = useTranslation("walks");
  const [format, setFormat] = useState<Format>("webm");
  const [fps, setFps] = useState(walk.fps);
  const { film: made, make } = useFilm(walk.id, format);
  const isBusy = make.isPending || made?.status === "processing";
  const isOld = made?.status === "ready" && (made.frames < walk.rendered || made.fps !== fps);
  return (
    <section className={css.export} aria-labelledby="export">
      <h2 id="export">{t("export")}</h2>
      <SegmentedControl fullWidth size="xs" aria-label={t("format")} value={format} onChange={(next) => setFormat(next as Format)}
        data={FORMATS.map((value) => ({ value, label: t(`format_${value}`) }))} />
      <p className={css.soft}>{t(`format_hint_${format}`)}</p>
      {format === "zip" ? null : (
        <NumberInput size="xs" label={t("fps")} value={fps} min={1} max={MOST_FPS} allowDecimal={false} clampBehavior="blur"
          onChange={(next) => typeof next === "number" && next >= 1 && setFps(next)} />
      )}
      {made?.status === "failed" ? <Alert color="red" role="alert">{made.error ?? t("filmFailed")}</Alert> : null}
      {isBusy ? (
        <div className={css.making} role="status">
          <span>{t("making", { format: t(`format_${format}`) })}</span>
          <Progress value={100} animated color="vermilion.6" radius={0} size="sm" aria-label={t("making", { format })} />
        </div>
      ) : null}
      <div className={css.buttons}>
        {made?.status === "ready" && made.url ? <Download walk={walk} film={made} url={made.url} /> : null}
        {made?.status !== "ready" || isOld ? (
          <Button size="sm" variant={made?.status === "ready" ? "default" : "filled"} disabled={isBusy} onClick={() => make.mutate(fps)}>
            {t(made?.status === "ready" ? "makeAgain" : "make", { format: t(`format_${format}`), count: walk.rendered, frames: count(walk.rendered) })}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Download({ walk, film, url }: { walk: Walk; film: Film; url: string }) {
  const { t } = useTranslation("walks");
  const size = film.size_bytes === null ? "" : bytes(film.size_bytes);
  return (
    <Button component="a" href={shownAddress(url)} download={`walk-${walk.id.slice(-6)}.${film.format}`} size="sm" leftSection={<Icon name="download" size={16} />}>
      {t("downloadFilm", { format: t(`format_${film.format}`), size })}
    </Button>
  );
}
