import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import css from "./account.module.css";
import { Section } from "./Section";

export function OwnData() {
  const { t } = useTranslation("account");
  return (
    <Section title={t("ownData")} about={t("ownDataAbout")}>
      <Button component="a" href="/v1/account/export" download="artrator-account.json" variant="default" className={css.start ?? ""}
        leftSection={<Icon name="download" size={16} />}>
        {t("export")}
      </Button>
    </Section>
  );
}
