import { ActionIcon, NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import type { FieldProps } from "../InputForm";
import css from "../InputForm.module.css";

const DICE_END = 100_000; // short seeds can be read out; larger ones may be typed

/** A seed with a dice; left empty, every run draws its own. */
export function SeedField({ field, value, error, onChange }: FieldProps<"seed">) {
  const { t } = useTranslation("model");
  return (
    <div className={css.seed}>
      <NumberInput
        label={field.title}
        description={field.description || undefined}
        placeholder={t(field.drawn ? "seedRandom" : "optional", { ns: field.drawn ? "model" : "common" })}
        error={error}
        value={typeof value === "number" ? value : ""}
        onChange={(next) => onChange(typeof next === "number" ? next : undefined)}
        min={0}
        max={field.maximum}
        allowDecimal={false}
      />
      <ActionIcon variant="default" size={36} aria-label={`${t("dice")}: ${field.title}`} title={t("dice")}
        onClick={() => onChange(Math.floor(Math.random() * DICE_END))}>
        <Icon name="dice" />
      </ActionIcon>
    </div>
  );
}
