import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Markdown } from "~/outputs/Markdown";

export default function AboutTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  return model.readme === "" ? <Text c="dimmed">{t("noReadme")}</Text> : <Markdown text={model.readme} />;
}
