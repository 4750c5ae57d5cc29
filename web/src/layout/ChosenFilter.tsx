import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "./icons";

/**
 * A filter that is on; pressed, it goes. Its name begins with what one sees, so that it can be said aloud to press it. Stands before what it narrows,
 * where a phone's row of controls begins.
 */
export function ChosenFilter({ children, onTakeAway }: { children: string; onTakeAway: () => void }) {
  const { t } = useTranslation("common");
  return (
    <Button variant="default" size="xs" rightSection={<Icon name="close" size={14} />} aria-label={`${children}, ${t("takeFilterAway")}`} onClick={onTakeAway}>
      {children}
    </Button>
  );
}
