import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function PublishPage() {
  const { t } = useTranslation("common");
  return <Title order={1}>{t("publish")}</Title>;
}
