import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAccount } from "~/session/session";
import { Icon } from "./icons";
import css from "./Shell.module.css";

const TABS = ["explore", "walks", "publish", "library", "wallet"] as const;

/** The main pages within a thumb's reach; phones only. */
export function TabBar() {
  const { t } = useTranslation("common");
  const account = useAccount();
  if (!account) return null;
  return (
    <nav className={css.tabs} aria-label={t("mainMenu")}>
      {TABS.map((tab) => (
        <Link key={tab} to={tab === "explore" ? "/" : `/${tab}`} className={css.tab} activeOptions={{ exact: true, includeSearch: false }}>
          <Icon name={tab} />
          {t(tab)}
        </Link>
      ))}
    </nav>
  );
}
