import { Input, NativeSelect, SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { useModelWords } from "~/outputs/model_words";
import type { FieldProps } from "../InputForm";
import { previewsOf } from "../previews";
import { PictureChoices } from "./PictureChoices";

const [MOST_SIDE_BY_SIDE, MOST_LETTERS] = [4, 28];

interface Props extends FieldProps<"choice"> {
  examples: readonly Schemas["ItemReply"][];
}

/** Choices with pictures show them; of the others, a few short ones stand side by side, more in a list. */
export function ChoiceField({ examples, ...props }: Props) {
  const { field, value, error, onChange } = props;
  const { t } = useTranslation("model");
  const { word } = useModelWords();
  const pictures = useMemo(() => previewsOf(field.name, field.choices, examples), [field, examples]);
  if (pictures.size > 0) return <PictureChoices {...props} pictures={pictures} />;
  const words = { label: field.title, description: field.description || undefined, error, withAsterisk: field.required };
  const shown = typeof value === "string" ? value : "";
  const choices = field.choices.map((value) => ({ value, label: word(value) }));
  const short = field.choices.length <= MOST_SIDE_BY_SIDE && field.choices.join("").length <= MOST_LETTERS;
  if (short && shown !== "") {
    return (
      <Input.Wrapper {...words} labelElement="div">
        <SegmentedControl fullWidth aria-label={field.title} data={choices} value={shown} onChange={onChange} />
      </Input.Wrapper>
    );
  }
  const data = shown === "" ? [{ value: "", label: t("choose") }, ...choices] : choices;
  return <NativeSelect {...words} data={data} value={shown} onChange={(event) => onChange(event.currentTarget.value || undefined)} />;
}
