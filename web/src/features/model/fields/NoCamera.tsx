import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import css from "../InputForm.module.css";
import type { CameraTrouble } from "./use_camera";

/** Why there is no picture from the camera, and what to do about it. */
export function NoCamera({ trouble, onRetry }: { trouble: CameraTrouble; onRetry: () => void }) {
  const { t } = useTranslation("model");
  return (
    <div className={css.noCamera} role="alert">
      <Icon name="noCamera" size={40} />
      <strong>{t(`camera_${trouble}`)}</strong>
      <span>{t(`camera_${trouble}_hint`)}</span>
      {trouble === "insecure" ? null : (
        <Button size="xs" onClick={onRetry}>
          {t("tryAgain", { ns: "common" })}
        </Button>
      )}
    </div>
  );
}
