import { Chip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { withOwn, type Composition } from "./composition";
import css from "./Keyframes.module.css";
import type { Change } from "./use_composition";
import { matters, type Plan } from "./walkable";

/** Which inputs each keyframe has for itself; one at least, else there would be no way between them. */
export function OwnInputs({ plan, composition, onChange }: { plan: Plan; composition: Composition; onChange: Change }) {
  const { t } = useTranslation("walks");
  const { own } = composition;
  const may = plan.may.filter((field) => matters(field, composition));
  if (may.length < 2) return null;
  return (
    <fieldset className={css.own}>
      <legend>{t("ownInputs")}</legend>
      <Chip.Group multiple value={[...own]} onChange={(names) => onChange((now) => withOwn(plan, now, names))}>
        {may.map(({ name, title }) => (
          <Chip key={name} value={name} size="sm" radius="sm" disabled={own.length === 1 && own[0] === name}>
            {title}
          </Chip>
        ))}
      </Chip.Group>
    </fieldset>
  );
}
