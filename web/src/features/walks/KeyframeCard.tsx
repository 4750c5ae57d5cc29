import { ActionIcon, SegmentedControl } from "@mantine/core";
import { useMemo, type HTMLAttributes } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { FileField } from "~/features/model/fields/FileField";
import { InputForm } from "~/features/model/InputForm";
import type { Field } from "~/features/model/fields";
import { Icon } from "~/layout/icons";
import { setValue, type Keyframe } from "./composition";
import { KeyframePicture } from "./KeyframePicture";
import css from "./Keyframes.module.css";
import type { Known } from "./pictures";
import type { Faults } from "./use_composition";
import { ownFields, type Plan } from "./walkable";

interface Props {
  model: Schemas["ModelReply"];
  plan: Plan;
  keyframe: Keyframe;
  number: number;
  of: number;
  own: readonly string[];
  handle: HTMLAttributes<HTMLElement>;
  picture: Known;
  faults: Faults;
  /** What is wrong with the keyframe as a whole. */
  fault: string | null;
  onPicture: (key: string, address: string) => void;
  onChange: (change: (keyframe: Keyframe) => Keyframe) => void;
  /** null: it is one of the last two. */
  onRemove: (() => void) | null;
}

/** One station: its picture, and the inputs that make it. */
export function KeyframeCard({ model, plan, keyframe, number, of, own, handle, picture, faults, fault, onPicture, onChange, onRemove }: Props) {
  const { t } = useTranslation("walks");
  const fields = useFields(plan, own, keyframe.isPicture);
  const name = plan.picture?.name;
  const chosen = name !== undefined && keyframe.isPicture ? keyframe.values[name] : undefined;
  return (
    <section className={css.inside} aria-label={t("keyframe", { number, of })}>
      <div className={css.head}>
        <button type="button" className={css.handle} aria-label={t("moveKeyframe", { number, of })} aria-describedby="keyframes-hint" {...handle}>
          <Icon name="grip" size={16} /> <span>{number}</span>
        </button>
        {onRemove ? (
          <ActionIcon variant="subtle" size="sm" aria-label={t("removeKeyframe", { number })} onClick={onRemove}>
            <Icon name="close" size={16} />
          </ActionIcon>
        ) : null}
      </div>
      {keyframe.isPicture ? null : <KeyframePicture model={model} number={number} picture={picture} isReady={fields.ready(keyframe)} onPicture={onPicture} />}
      <div className={css.inputs}>
        {plan.picture ? (
          <SegmentedControl size="xs" fullWidth aria-label={t("keyframeIs", { number })} value={keyframe.isPicture ? "picture" : "words"}
            onChange={(as) => onChange((now) => ({ ...now, isPicture: as === "picture" }))}
            data={[{ value: "words", label: t("asWords") }, { value: "picture", label: t("asPicture") }]} />
        ) : null}
        {plan.picture && keyframe.isPicture ? (
          <FileField field={{ ...plan.picture, kind: "image", title: t("keyframePicture"), description: "", required: false }} value={chosen}
            error={faults[plan.picture.name] ?? null} onChange={(value) => onChange((now) => setValue(now, plan.picture?.name ?? "", value))} />
        ) : null}
        <InputForm fields={fields.shown} values={keyframe.values} errors={faults} examples={[]}
          onChange={(name, value) => onChange((now) => setValue(now, name, value))} />
        {fault ? <p role="alert" className={css.fault}>{fault}</p> : null}
      </div>
    </section>
  );
}

/** On a card there is no room for what each field means: the model's page says it. A picture needs no words. */
function useFields(plan: Plan, own: readonly string[], isPicture: boolean) {
  return useMemo(() => {
    const all = ownFields(plan, own);
    const shown = all.map((field): Field => ({ ...field, description: "", required: field.required && !isPicture }));
    const needed = all.filter((field) => field.required && field.kind !== "seed");
    const ready = ({ values }: Keyframe) => needed.every(({ name }) => values[name] !== undefined && values[name] !== "");
    return { shown, ready };
  }, [plan, own, isPicture]);
}
