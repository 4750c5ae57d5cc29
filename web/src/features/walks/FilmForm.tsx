import { Button, Input, NativeSelect, NumberInput, SegmentedControl, Slider, TextInput } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { count, seconds } from "~/format/money";
import { FEWEST_FRAMES, lengthOf_s, MOST_FPS, MOST_FRAMES, type Composition, type FilmSettings } from "./composition";
import css from "./Composer.module.css";
import type { Easing, Ending, Spacing } from "./walk";
import type { Change, Faults } from "./use_composition";

const LENGTHS = [24, 60, 120, 240] as const;
const MOST_LETTERS = 120;

interface Props {
  pipeline: string | null | undefined;
  composition: Composition;
  onChange: Change;
  faults: Faults;
}

/** How long the film is, how it ends and how it moves. */
export function FilmForm({ pipeline, composition, onChange, faults }: Props) {
  const { t } = useTranslation("walks");
  const { film } = composition;
  const set = (part: Partial<FilmSettings>) => onChange((now) => ({ ...now, film: { ...now.film, ...part } }));
  return (
    <section className={css.film} aria-labelledby="film">
      <h2 id="film">{t("film")}</h2>
      <TextInput label={t("title")} placeholder={t("optional", { ns: "common" })} maxLength={MOST_LETTERS} value={composition.title}
        onChange={(event) => { const title = event.currentTarget.value; onChange((now) => ({ ...now, title })); }} />
      <Frames film={film} error={faults["frames"] ?? null} onChange={set} />
      <Ending film={film} onChange={set} />
      <Motion film={film} faults={faults} onChange={set} />
      {pipeline === "text-to-image" ? <Sharing film={film} onChange={set} /> : null}
    </section>
  );
}

interface PartProps {
  film: FilmSettings;
  onChange: (part: Partial<FilmSettings>) => void;
}

function Frames({ film, error, onChange }: PartProps & { error: string | null }) {
  const { t } = useTranslation("walks");
  return (
    <div className={css.frames}>
      <NumberInput label={t("frames")} description={t("filmLength", { length: seconds(lengthOf_s(film)), fps: film.fps })} error={error}
        value={film.frames} min={FEWEST_FRAMES} max={MOST_FRAMES} step={12} allowDecimal={false} clampBehavior="blur"
        onChange={(frames) => typeof frames === "number" && onChange({ frames })} />
      <div className={css.lengths} role="group" aria-label={t("usualFrames")}>
        {LENGTHS.map((frames) => (
          <Button key={frames} size="compact-sm" variant="default" aria-pressed={film.frames === frames} onClick={() => onChange({ frames })}>
            {count(frames)}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Ending({ film, onChange }: PartProps) {
  const { t } = useTranslation("walks");
  return (
    <Input.Wrapper label={t("ending")} description={t(`ending_hint_${film.ending}`)} labelElement="div">
      <SegmentedControl fullWidth className={css.choice} aria-label={t("ending")} value={film.ending} onChange={(ending) => onChange({ ending: ending as Ending })}
        data={(["stop", "loop", "ping-pong"] as const).map((value) => ({ value, label: t(`ending_${value}`) }))} />
    </Input.Wrapper>
  );
}

function Motion({ film, faults, onChange }: PartProps & { faults: Faults }) {
  const { t } = useTranslation("walks");
  return (
    <div className={css.motion}>
      <NativeSelect label={t("spacing")} description={t(`spacing_hint_${film.spacing}`)} value={film.spacing}
        onChange={(event) => onChange({ spacing: event.currentTarget.value as Spacing })}
        data={(["even", "uniform"] as const).map((value) => ({ value, label: t(`spacing_${value}`) }))} />
      <NativeSelect label={t("easing")} description={t(`easing_hint_${film.easing}`)} value={film.easing}
        onChange={(event) => onChange({ easing: event.currentTarget.value as Easing })}
        data={(["linear", "smooth"] as const).map((value) => ({ value, label: t(`easing_${value}`) }))} />
      <NumberInput label={t("fps")} description={t("fpsHint")} error={faults["fps"]} value={film.fps} min={1} max={MOST_FPS} allowDecimal={false}
        clampBehavior="blur" onChange={(fps) => typeof fps === "number" && onChange({ fps })} />
    </div>
  );
}

function Sharing({ film, onChange }: PartProps) {
  const { t } = useTranslation("walks");
  const id = useId();
  return (
    <Input.Wrapper id={id} label={t("sharing")} description={t("sharingHint")} labelElement="div">
      <Slider className={css.dial} label={null} thumbLabel={t("sharing")} min={0} max={1} step={0.05} value={film.sharing}
        onChange={(sharing) => onChange({ sharing })} />
      <div className={css.ends} aria-hidden>
        <span>{t("sharingNone")}</span>
        <span>{t("sharingMost")}</span>
      </div>
    </Input.Wrapper>
  );
}
