import { Button, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Icon } from "~/layout/icons";
import { changedKeyframe, MOST_KEYFRAMES, moved, withKeyframe, withoutKeyframe, FEWEST_KEYFRAMES, type Composition } from "./composition";
import css from "./Keyframes.module.css";
import { KeyframeCard } from "./KeyframeCard";
import { OwnInputs } from "./OwnInputs";
import { keyframePicture, type Pictures } from "./pictures";
import { faultsOf, type Change, type Faults } from "./use_composition";
import { useReorder } from "./use_reorder";
import type { Plan } from "./walkable";

interface Props {
  model: Schemas["ModelReply"];
  plan: Plan;
  composition: Composition;
  onChange: Change;
  faults: Faults;
  pictures: Pictures;
  onPicture: (key: string, address: string) => void;
}

/** The stations of the walk, in order. */
export function Keyframes({ model, plan, composition, onChange, faults, pictures, onPicture }: Props) {
  const { t } = useTranslation("walks");
  const [said, setSaid] = useState("");
  const { keyframes } = composition;
  const ids = keyframes.map(({ id }) => id);
  const { list, dragged, placeOf, handle } = useReorder(ids, (from, to) => {
    onChange((now) => moved(now, from, to));
    setSaid(t("movedTo", { number: to + 1, of: ids.length }));
  });
  const whole = faults["keyframes"];
  return (
    <section data-keyframes className={css.section} aria-labelledby="keyframes">
      <h2 id="keyframes">{t("keyframes")}</h2>
      <p className={css.hint} id="keyframes-hint">{t("keyframesHint")}</p>
      <OwnInputs plan={plan} composition={composition} onChange={onChange} />
      <ul className={css.cards} ref={list} data-dragging={dragged !== null || undefined}>
        {keyframes.map((keyframe, place) => (
          <li key={keyframe.id} data-card={keyframe.id} className={css.card} style={{ order: placeOf(keyframe.id) }}
            data-dragged={dragged === keyframe.id || undefined}>
            <KeyframeCard model={model} plan={plan} keyframe={keyframe} number={placeOf(keyframe.id) + 1} of={keyframes.length}
              handle={handle(keyframe.id)} own={composition.own} faults={faultsOf(faults, `keyframes.${String(place)}`)}
              fault={faults[`keyframes.${String(place)}`] ?? null}
              picture={keyframePicture(plan, composition, keyframe, pictures)} onPicture={onPicture}
              onChange={(change) => onChange((now) => changedKeyframe(now, keyframe.id, change))}
              onRemove={keyframes.length > FEWEST_KEYFRAMES ? () => onChange((now) => withoutKeyframe(now, keyframe.id)) : null} />
          </li>
        ))}
        <li className={css.add} style={{ order: MOST_KEYFRAMES }}>
          <Button variant="default" leftSection={<Icon name="plus" size={16} />} disabled={keyframes.length >= MOST_KEYFRAMES}
            onClick={() => onChange((now) => withKeyframe(plan, now))}>
            {t(keyframes.length >= MOST_KEYFRAMES ? "noMoreKeyframes" : "addKeyframe")}
          </Button>
        </li>
      </ul>
      {whole ? <p role="alert" className={css.fault}>{whole}</p> : null}
      <VisuallyHidden role="status">{said}</VisuallyHidden>
    </section>
  );
}
