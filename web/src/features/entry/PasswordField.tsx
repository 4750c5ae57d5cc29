import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

const MAX_LETTERS = 256;

/** A password's field; Mantine's own does not tell a screen reader that what is in it was refused. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation("common");
  return (
    <PasswordInput required maxLength={MAX_LETTERS} aria-invalid={props.error ? true : undefined}
      visibilityToggleButtonProps={{ "aria-label": t("showPassword") }} {...props} />
  );
}
