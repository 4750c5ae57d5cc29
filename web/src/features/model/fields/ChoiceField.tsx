import { Input, NativeSelect, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldProps } from "../InputForm";

const [MOST_SIDE_BY_SIDE, MOST_LETTERS] = [4, 28];

/** A few short choices stand side by side, more in a list. */
export function ChoiceField({ field, value, error, onChange }: FieldProps<"choice">) {
  const { t } = useTranslation("model");
  const words = { label: field.title, description: field.description || undefined, error, withAsterisk: field.required };
  const shown = typeof value === "string" ? value : "";
  const short = field.choices.length <= MOST_SIDE_BY_SIDE && field.choices.join("").length <= MOST_LETTERS;
  if (short && shown !== "") {
    return (
      <Input.Wrapper {...words} labelElement="div">
        <SegmentedControl fullWidth aria-label={field.title} data={field.choices} value={shown} onChange={onChange} />
      </Input.Wrapper>
    );
  }
  const data = shown === "" ? [{ value: "", label: t("choose") }, ...field.choices] : field.choices;
  return <NativeSelect {...words} data={data} value={shown} onChange={(event) => onChange(event.currentTarget.value || undefined)} />;
}
