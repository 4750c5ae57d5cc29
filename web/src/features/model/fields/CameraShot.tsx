import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import css from "../InputForm.module.css";
import { NoCamera } from "./NoCamera";
import { jpegOf, useCamera, useSeveralCameras, type Facing } from "./use_camera";

const LONGEST_PX = 2048;

/** One picture from the camera. */
export function CameraShot({ onShot, onClose }: { onShot: (file: File) => void; onClose: () => void }) {
  const { t } = useTranslation("model");
  const [facing, setFacing] = useState<Facing>("environment");
  const { video, ready, trouble, retry } = useCamera(facing);
  const several = useSeveralCameras(ready);
  const shoot = async () => {
    if (video.current === null) return;
    const blob = await jpegOf(video.current, LONGEST_PX);
    onShot(new File([blob], "camera.jpg", { type: "image/jpeg" }));
    onClose();
  };
  return (
    <div className={css.drop}>
      {trouble ? (
        <NoCamera trouble={trouble} onRetry={retry} />
      ) : (
        <div className={css.finder} data-waiting={!ready || undefined}>
          <video ref={video} className={css.video} autoPlay muted playsInline aria-label={t("camera")} />
          {ready ? null : <span>{t("cameraAsks")}</span>}
        </div>
      )}
      <div className={css.buttons}>
        {trouble ? null : (
          <Button size="xs" onClick={() => void shoot()} disabled={!ready}>
            {t("shoot")}
          </Button>
        )}
        {several ? (
          <Button size="xs" variant="default" onClick={() => setFacing(facing === "user" ? "environment" : "user")}>
            {t("turnCamera")}
          </Button>
        ) : null}
        <Button size="xs" variant="default" onClick={onClose}>
          {t(trouble ? "withoutCamera" : "close", { ns: trouble ? "model" : "common" })}
        </Button>
      </div>
    </div>
  );
}
