import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { InputForm } from "~/features/model/InputForm";
import type { Composition } from "./composition";
import css from "./Composer.module.css";
import { faultsOf, type Change, type Faults } from "./use_composition";
import { matters, sharedFields, type Plan } from "./walkable";

interface Props {
  plan: Plan;
  composition: Composition;
  onChange: Change;
  faults: Faults;
  examples: readonly Schemas["ItemReply"][];
}

/** What all keyframes have in common, by the model's own form. */
export function SharedForm({ plan, composition, onChange, faults, examples }: Props) {
  const { t } = useTranslation("walks");
  const fields = sharedFields(plan, composition.own).filter((field) => matters(field, composition));
  if (fields.length === 0) return null;
  return (
    <section className={css.shared}>
      <h2>{t("shared")}</h2>
      <InputForm fields={fields} values={composition.shared} errors={faultsOf(faults, "input")} examples={examples}
        onChange={(name, value) => onChange((now) => ({ ...now, shared: { ...now.shared, [name]: value } }))} />
    </section>
  );
}
