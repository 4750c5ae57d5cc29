import { Loader } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { Icon } from "~/layout/icons";
import { Labels, labelsOf } from "~/outputs/Labels";
import css from "./LibraryPage.module.css";

/** What a prediction came to, small: a picture, labels, text, or why there is nothing. */
export function Result({ prediction }: { prediction: Schemas["PredictionReply"] }) {
  const { t } = useTranslation("library");
  const { status, output, files, error } = prediction;
  const picture = files.find((file) => file.thumbnail_url !== null);
  if (status === "starting" || status === "processing") {
    return (
      <span className={css.words} role="status">
        <Loader size="sm" aria-hidden />
        {t(`status_${status}`)}
      </span>
    );
  }
  if (status !== "succeeded") {
    return (
      <span className={css.words}>
        <span className={css.wrong}>
          <Icon name="warning" size={16} /> {t(`status_${status}`)}
        </span>
        {error ? <span className={css.why}>{error}</span> : null}
      </span>
    );
  }
  if (prediction.data_removed) return <span className={css.words}>{t("removed")}</span>;
  if (picture?.thumbnail_url) {
    return (
      <img src={shownAddress(picture.thumbnail_url)} alt="" width={picture.width_px ?? undefined} height={picture.height_px ?? undefined}
        loading="lazy" decoding="async" />
    );
  }
  const groups = labelsOf(output);
  if (groups) return <div className={css.labels}><Labels groups={groups} value={output} /></div>;
  if (files[0]) return <span className={css.words}>{files[0].media_type}</span>;
  return <span className={css.words}>{(typeof output === "string" ? output : JSON.stringify(output)).slice(0, 160)}</span>;
}
