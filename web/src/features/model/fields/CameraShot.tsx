import { Alert, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "../InputForm.module.css";
import { jpegOf, useCamera } from "./use_camera";

/** One picture from the camera. */
export function CameraShot({ onShot, onClose }: { onShot: (file: File) => void; onClose: () => void }) {
  const { t } = useTranslation("model");
  const { video, ready, failed } = useCamera();
  const shoot = async () => {
    if (video.current === null) return;
    const blob = await jpegOf(video.current, 2048);
    onShot(new File([blob], "camera.jpg", { type: "image/jpeg" }));
    onClose();
  };
  return (
    <div className={css.drop}>
      {failed ? <Alert color="red">{t("cameraFailed")}</Alert> : <video ref={video} className={css.video} autoPlay muted playsInline />}
      <div className={css.buttons}>
        <Button size="xs" onClick={() => void shoot()} disabled={!ready}>
          {t("shoot")}
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          {t("close", { ns: "common" })}
        </Button>
      </div>
    </div>
  );
}
