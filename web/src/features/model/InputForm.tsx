import { Checkbox, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import type { Field, Value, Values } from "./fields";
import { ChoiceField } from "./fields/ChoiceField";
import { FileField } from "./fields/FileField";
import { MaskField } from "./fields/MaskField";
import { NumberField } from "./fields/NumberField";
import { PromptChips } from "./fields/PromptChips";
import { SeedField } from "./fields/SeedField";
import css from "./InputForm.module.css";

export interface FieldProps<Kind extends Field["kind"] = Field["kind"]> {
  field: Extract<Field, { kind: Kind }>;
  value: Value;
  error: string | null;
  onChange: (value: Value) => void;
}

interface Props {
  /** Pictures of the model, to show what choices look like. */
  examples: readonly Schemas["ItemReply"][];
  fields: readonly Field[];
  values: Values;
  errors: Readonly<Record<string, string>>;
  onChange: (name: string, value: Value) => void;
}

/** The form that a model's input schema asks for. */
export function InputForm({ fields, values, errors, examples, onChange }: Props) {
  return (
    <div className={css.fields}>
      {fields.map((field) => (
        <OneField key={field.name} field={field} value={values[field.name]} values={values} error={errors[field.name] ?? null} examples={examples}
          onChange={(value) => onChange(field.name, value)} />
      ))}
    </div>
  );
}

function OneField({ field, value, values, error, examples, onChange }: FieldProps & Pick<Props, "examples" | "values">) {
  const { t } = useTranslation("model");
  const words = { label: field.title, description: field.description || undefined, error, withAsterisk: field.required };
  switch (field.kind) {
    case "text":
      return (
        <div className={css.text}>
          <Textarea {...words} autosize minRows={2} maxRows={8} maxLength={field.maxLength} value={String(value ?? "")}
            onChange={(event) => onChange(event.currentTarget.value)} />
          <PromptChips name={field.name} value={value} examples={examples} onChange={onChange} />
        </div>
      );
    case "integer":
    case "number":
      return <NumberField field={field} value={value} error={error} onChange={onChange} />;
    case "boolean":
      return <Checkbox label={field.title} description={field.description} error={error} checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)} />;
    case "choice":
      return <ChoiceField field={field} value={value} error={error} examples={examples} onChange={onChange} />;
    case "seed":
      return <SeedField field={field} value={value} error={error} onChange={onChange} />;
    case "image":
    case "audio":
    case "file":
      return <FileField field={field} value={value} error={error} onChange={onChange} />;
    case "mask":
      return <MaskField field={field} value={value} error={error} picture={values[field.of]} onChange={onChange} />;
    case "numbers":
      return (
        <Textarea {...words} rows={3} placeholder={t("numbersHint", { shape: field.shape.map((size) => size ?? "?").join(" × ") })}
          value={String(value ?? "")} onChange={(event) => onChange(event.currentTarget.value)} />
      );
  }
}
