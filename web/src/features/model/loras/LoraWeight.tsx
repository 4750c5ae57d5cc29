import { ActionIcon, NumberInput, Slider } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { AnchorLink } from "~/layout/links";
import form from "../InputForm.module.css";
import { LEAST_SLID, MOST_SLID, MOST_WEIGHT } from "./chosen";
import css from "./loras.module.css";

const STEP = 0.05;

interface Props {
  name: string;
  weight: number;
  onChange: (weight: number) => void;
  onRemove: () => void;
}

/** How much a chosen LoRA counts. */
export function LoraWeight({ name, weight, onChange, onRemove }: Props) {
  const { t } = useTranslation("model");
  const [owner = "", own = ""] = name.split("/");
  const label = t("loraWeight", { name });
  return (
    <div className={css.weight}>
      <div className={css.weightHead}>
        <AnchorLink to="/$owner/$name" params={{ owner, name: own }} size="sm">
          {name}
        </AnchorLink>
        <ActionIcon variant="subtle" color="gray" size="sm" onClick={onRemove} aria-label={t("removeLora", { name })}>
          <Icon name="close" size={16} />
        </ActionIcon>
      </div>
      <div className={form.number}>
        <Slider label={null} value={Math.min(MOST_SLID, Math.max(LEAST_SLID, weight))} onChange={onChange} min={LEAST_SLID} max={MOST_SLID}
          step={STEP} thumbLabel={label} marks={[{ value: 1 }]} />
        <NumberInput aria-label={label} value={weight} min={-MOST_WEIGHT} max={MOST_WEIGHT} step={STEP} decimalScale={2} hideControls
          onChange={(next) => onChange(typeof next === "number" ? next : 0)} />
      </div>
    </div>
  );
}
