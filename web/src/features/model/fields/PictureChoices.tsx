import { Input } from "@mantine/core";
import { useId } from "react";
import { shownAddress } from "~/api/own_address";
import { useModelWords } from "~/outputs/model_words";
import type { FieldProps } from "../InputForm";
import css from "./PictureChoices.module.css";

interface Props extends FieldProps<"choice"> {
  pictures: ReadonlyMap<string, string>;
}

/** Choices that show what they look like; those without a picture show their name alone. */
export function PictureChoices({ field, value, error, onChange, pictures }: Props) {
  const id = useId();
  const { word } = useModelWords();
  return (
    <Input.Wrapper label={field.title} description={field.description || undefined} error={error} withAsterisk={field.required}
      labelElement="div" labelProps={{ id }}>
      <div role="radiogroup" aria-labelledby={id} className={css.choices}>
        {field.choices.map((choice) => {
          const picture = pictures.get(choice);
          return (
            <label key={choice} className={css.choice}>
              <input type="radio" name={id} value={choice} checked={value === choice} onChange={() => onChange(choice)} />
              {picture === undefined ? <span className={css.none} /> : <img src={shownAddress(picture)} alt="" loading="lazy" decoding="async" />}
              <span className={css.name}>{word(choice)}</span>
            </label>
          );
        })}
      </div>
    </Input.Wrapper>
  );
}
