import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { readmeOf } from "~/outputs/translated";
import { Markdown } from "~/outputs/Markdown";

export default function AboutTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t, i18n } = useTranslation("model");
  const text = readmeOf(model, i18n.language);
  return text === "" ? <Text c="dimmed">{t("noReadme")}</Text> : <Markdown text={text} />;
}
