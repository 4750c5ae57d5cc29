import { SegmentedControl, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { useAccountChange, useChoices } from "~/session/choices";
import type { Account } from "~/session/session";
import { say } from "~/states/notice";
import { LANGUAGE_NAMES, LANGUAGES, type Language } from "~/words/words";
import css from "./account.module.css";
import { Section } from "./Section";

const THEMES: readonly Schemas["Theme"][] = ["light", "dark", "auto"];
const NOTIFICATIONS = ["predictions", "verifications", "earnings"] as const;

/** Applied at once, without a button. */
export function Preferences({ account }: { account: Account }) {
  const { t, i18n } = useTranslation("account");
  const { theme, chooseTheme, chooseLanguage } = useChoices(account);
  return (
    <Section title={t("preferences")} about={t("preferencesAbout")}>
      <div className={css.setting}>
        <span className={css.label} id="account-language">{t("language", { ns: "common" })}</span>
        <SegmentedControl aria-labelledby="account-language" value={i18n.language} onChange={(value) => chooseLanguage(value as Language)}
          data={LANGUAGES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> }))} />
      </div>
      <div className={css.setting}>
        <span className={css.label} id="account-theme">{t("theme", { ns: "common" })}</span>
        <SegmentedControl aria-labelledby="account-theme" value={theme} onChange={(value) => chooseTheme(value as Schemas["Theme"])}
          data={THEMES.map((value) => ({ value, label: t(`theme_${value}`, { ns: "common" }) }))} />
      </div>
      <Notifications account={account} />
    </Section>
  );
}

function Notifications({ account }: { account: Account }) {
  const { t } = useTranslation("account");
  const change = useAccountChange();
  const shown = { ...account.notifications, ...(change.isPending ? change.variables.notifications : {}) };
  return (
    <div className={css.setting} role="group" aria-labelledby="account-notifications">
      <span className={css.label} id="account-notifications">{t("notifications")}</span>
      {NOTIFICATIONS.map((kind) => (
        <Switch key={kind} classNames={{ thumb: css.thumb ?? "" }} withThumbIndicator={false} label={t(`notify_${kind}`)} checked={shown[kind] ?? false}
          onChange={(event) =>
            change.mutate({ notifications: { [kind]: event.currentTarget.checked } }, { onError: (error) => say(asProblem(error).shown, "bad") })
          } />
      ))}
    </div>
  );
}
