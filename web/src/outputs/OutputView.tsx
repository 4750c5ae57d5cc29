import { Anchor } from "@mantine/core";
import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { ownAddress, shownAddress } from "~/api/own_address";
import { Labels, labelsOf } from "./Labels";
import css from "./OutputView.module.css";
import { Picture } from "./Picture";

const PICTURE = /\.(png|webp|jpe?g|gif|avif)(\?|$)/i;
const SOUND = /\.(wav|flac|ogg|mp3|opus)(\?|$)/i;
const FILM = /\.(mp4|webm)(\?|$)/i;

/** The addresses of pictures in an output, in order. */
export function picturesIn(output: unknown): string[] {
  if (typeof output === "string") return PICTURE.test(output) ? [shownAddress(output)] : [];
  if (Array.isArray(output)) return output.flatMap(picturesIn);
  return typeof output === "object" && output !== null ? Object.values(output).flatMap(picturesIn) : [];
}

/** Any output: pictures, sound, film, labels, text, numbers, or several of them by name. */
export function OutputView({ output, alt, ratio, small }: { output: unknown; alt: string; ratio?: number | undefined; small?: string | undefined }) {
  const { t } = useTranslation("common");
  const labels = labelsOf(output);
  if (labels) return <div className={css.labels}><Labels groups={labels} value={output} shown={8} /></div>;
  if (typeof output === "string") {
    const address = ownAddress(output);
    if (address === null) return <p className={css.text}>{output}</p>;
    if (PICTURE.test(address)) return <Picture small={small} className={css.picture} data-known={ratio !== undefined || undefined} style={{ "--ratio": ratio } as CSSProperties} src={address} alt={alt} />;
    if (SOUND.test(address)) return <audio className={css.media} controls src={address} />;
    if (FILM.test(address)) return <video className={css.media} controls loop src={address} />;
    return <Anchor href={address} download>{t("download")}</Anchor>;
  }
  if (Array.isArray(output) && output.every((each) => typeof each === "string")) {
    return <div className={css.many}>{output.map((each) => <OutputView key={each} output={each} alt={alt} />)}</div>;
  }
  if (typeof output === "object" && output !== null && !Array.isArray(output)) {
    return (
      <dl className={css.named}>
        {Object.entries(output).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd><OutputView output={value} alt={`${alt}: ${name}`} /></dd>
          </div>
        ))}
      </dl>
    );
  }
  return <pre className={css.values} tabIndex={0}>{JSON.stringify(output, null, 1)}</pre>;
}
