import { Input, NumberInput, Slider } from "@mantine/core";
import { useId } from "react";
import type { FieldProps } from "../InputForm";
import css from "../InputForm.module.css";

const STEPS = 100;

/** A step that reads well: 0.01 for a range of 1, 1 for whole numbers. */
export function stepOf(kind: "integer" | "number", minimum: number, maximum: number): number {
  return kind === "integer" ? 1 : 10 ** Math.floor(Math.log10((maximum - minimum) / STEPS || 1) + 0.31);
}

/** A slider beside a number where both ends are known, else a number alone. */
export function NumberField({ field, value, error, onChange }: FieldProps<"integer" | "number">) {
  const id = useId();
  const { minimum, maximum } = field;
  const bounded = minimum !== undefined && maximum !== undefined;
  const step = bounded ? stepOf(field.kind as "integer" | "number", minimum, maximum) : 1;
  const number = (
    <NumberInput
      id={id}
      value={typeof value === "number" ? value : ""}
      onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
      {...(minimum === undefined ? {} : { min: minimum })}
      {...(maximum === undefined ? {} : { max: maximum })}
      step={step}
      allowDecimal={field.kind === "number"}
      hideControls={bounded}
      error={error !== null}
    />
  );
  return (
    <Input.Wrapper id={id} label={field.title} description={field.description || undefined} error={error} withAsterisk={field.required}>
      {bounded ? (
        <div className={css.number}>
          <Slider label={null} value={typeof value === "number" ? value : minimum} onChange={onChange} min={minimum} max={maximum}
            step={step} thumbLabel={field.title} />
          {number}
        </div>
      ) : (
        number
      )}
    </Input.Wrapper>
  );
}
