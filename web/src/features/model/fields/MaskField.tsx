import { Button, Input } from "@mantine/core";
import { lazy, Suspense, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Value } from "../fields";
import type { FieldProps } from "../InputForm";
import css from "../InputForm.module.css";
import { FileField } from "./FileField";
import { usePicture } from "./use_picture";

const MaskPainter = lazy(() => import("./MaskPainter"));

/** Where a picture is painted anew: drawn on it with a brush, or a file of one's own. */
export function MaskField({ picture, ...props }: FieldProps<"mask"> & { picture: Value }) {
  const { field, value, error, onChange } = props;
  const { t } = useTranslation("model");
  const id = useId();
  const [asFile, setAsFile] = useState(typeof value === "string");
  const shown = usePicture(picture);
  if (asFile) {
    return (
      <div className={css.other}>
        <FileField field={{ ...field, kind: "image" }} value={value} error={error} onChange={onChange} />
        {shown === null ? null : (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => { setAsFile(false); onChange(undefined); }}>
            {t("paintMask")}
          </Button>
        )}
      </div>
    );
  }
  return (
    <Input.Wrapper label={field.title} description={field.description || undefined} error={error} withAsterisk={field.required}
      labelElement="div" id={id}>
      {shown === null ? (
        <p className={css.needs}>{t("maskNeedsPicture")}</p>
      ) : (
        <Suspense fallback={<div className={css.needs} />}>
          <MaskPainter key={shown} picture={shown} isPainted={value !== undefined} onChange={onChange} />
        </Suspense>
      )}
      <Button size="compact-xs" variant="subtle" color="gray" onClick={() => { setAsFile(true); onChange(undefined); }}>
        {t("maskFile")}
      </Button>
    </Input.Wrapper>
  );
}
