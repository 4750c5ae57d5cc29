import { Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";
import { useChoices } from "~/session/choices";
import { useSessionActions, type Account } from "~/session/session";
import { LANGUAGE_NAMES, LANGUAGES } from "~/words/words";
import { Icon } from "./icons";

/** What belongs to the visitor: own pages, language, colours, leaving. */
export default function YourMenu({ account, button }: { account: Account | null; button: ReactElement }) {
  const { t, i18n } = useTranslation("common");
  const { theme, chooseTheme, chooseLanguage } = useChoices(account);
  const checked = (is: boolean) => ({ role: "menuitemradio", "aria-checked": is, rightSection: is ? <Icon name="check" size={16} /> : null });
  return (
    <Menu position="bottom-end" width={220} defaultOpened>
      <Menu.Target>{button}</Menu.Target>
      <Menu.Dropdown>
        {account ? <OwnPages account={account} /> : <EntryLinks />}
        <Menu.Divider />
        <Menu.Label>{t("language")}</Menu.Label>
        {LANGUAGES.map((language) => (
          <Menu.Item key={language} lang={language} {...checked(i18n.language === language)} onClick={() => chooseLanguage(language)}>
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        <Menu.Label>{t("theme")}</Menu.Label>
        {(["light", "dark", "auto"] as const).map((scheme) => (
          <Menu.Item key={scheme} {...checked(theme === scheme)} onClick={() => chooseTheme(scheme)}>
            {t(`theme_${scheme}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function OwnPages({ account }: { account: Account }) {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  const { logOut } = useSessionActions();
  const pages = ["/walks", "/library", "/wallet", "/dashboard", "/account"] as const;
  const shown = account.roles.includes("operator") ? ([...pages, "/operator"] as const) : pages;
  return (
    <>
      <Menu.Label>{account.username}</Menu.Label>
      {shown.map((page) => (
        <Menu.Item key={page} onClick={() => void navigate({ to: page })}>
          {t(page.slice(1))}
        </Menu.Item>
      ))}
      <Menu.Item onClick={() => void logOut().then(() => navigate({ to: "/" }))}>{t("logOut")}</Menu.Item>
    </>
  );
}

function EntryLinks() {
  const { t } = useTranslation("common");
  const navigate = useNavigate();
  return (
    <>
      <Menu.Item onClick={() => void navigate({ to: "/login" })}>{t("logIn")}</Menu.Item>
      <Menu.Item onClick={() => void navigate({ to: "/register" })}>{t("register")}</Menu.Item>
    </>
  );
}
