import { Button, Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { useRun } from "~/features/model/use_run";
import { money } from "~/format/money";
import { useAccount } from "~/session/session";
import css from "./Keyframes.module.css";
import type { Known } from "./pictures";

interface Props {
  model: Schemas["ModelReply"];
  number: number;
  picture: Known;
  /** Whether there is enough to make a picture of. */
  isReady: boolean;
  onPicture: (key: string, address: string) => void;
}

/** What a keyframe looks like; where nobody knows yet, an ordinary run shows it at its ordinary price. */
export function KeyframePicture({ model, number, picture, isReady, onPicture }: Props) {
  const { t } = useTranslation("walks");
  const account = useAccount();
  const { run, start } = useRun(model.owner, model.name);
  const [asked, setAsked] = useState<string | null>(null);
  const [last, setLast] = useState(picture.address);
  if (picture.address !== null && picture.address !== last) setLast(picture.address);
  useEffect(() => {
    if (asked === null || run.state !== "ended" || run.prediction.status !== "succeeded") return;
    const file = run.prediction.files[0];
    const address = file?.thumbnail_url ?? file?.url;
    if (address) onPicture(asked, address);
  }, [asked, run, onPicture]);
  const { amount_micros, currency } = model.run_price ?? model.price;
  const said = amount_micros === 0 ? t("preview") : t("previewFor", { price: money(amount_micros, currency) });
  const preview = () => {
    setAsked(picture.key);
    void start(picture.input);
  };
  if (picture.address) return <div className={css.picture}><img src={shownAddress(picture.address)} alt={t("keyframeLooks", { number })} /></div>;
  if (run.state === "running") {
    return (
      <div className={css.picture} role="status">
        {run.progress?.preview ? <img src={run.progress.preview} alt="" data-old /> : null}
        <span className={css.over}><Loader size="sm" aria-hidden /> {t("previewing")}</span>
      </div>
    );
  }
  const failure = asked !== picture.key ? null : run.state === "refused" ? run.problem.shown : run.state === "ended" ? run.prediction.error : null;
  return (
    <div className={css.picture}>
      {last ? <img src={shownAddress(last)} alt="" data-old /> : null}
      <div className={css.over}>
        {failure ? <p role="alert" className={css.fault}>{failure}</p> : null}
        {account ? (
          <Button size="xs" variant="default" disabled={!isReady} aria-label={t("previewOf", { preview: said, number })} onClick={preview}>
            {said}
          </Button>
        ) : <span className={css.unknown}>{number}</span>}
      </div>
    </div>
  );
}
