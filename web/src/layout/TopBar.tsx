import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { money } from "~/format/money";
import { useAccount } from "~/session/session";
import { ButtonLink } from "./links";
import css from "./Shell.module.css";
import { MenuButton } from "./MenuButton";

export function TopBar() {
  const { t } = useTranslation("common");
  const account = useAccount();
  return (
    <header className={css.bar}>
      <div className={css.inside}>
        <Link to="/" className={css.brand}>
          <img src="/icon.svg" width={24} height={24} alt="" />
          Artrator
        </Link>
        <nav className={css.links} aria-label={t("mainMenu")}>
          <Link to="/" className={css.link} activeOptions={{ exact: true, includeSearch: false }}>
            {t("explore")}
          </Link>
          <Link to={account ? "/walks" : "/walks/new"} className={css.link}>
            {t("walks")}
          </Link>
          <Link to="/publish" className={css.link}>
            {t("publish")}
          </Link>
          {account ? (
            <Link to="/library" className={css.link}>
              {t("library")}
            </Link>
          ) : null}
        </nav>
        {account ? <Balance /> : null}
        {account === null ? (
          <ButtonLink to="/login" variant="default" size="xs">
            {t("logIn")}
          </ButtonLink>
        ) : null}
        <MenuButton account={account ?? null} />
      </div>
    </header>
  );
}

export const walletKey = ["wallet"] as const;

function Balance() {
  const { t } = useTranslation("common");
  const { data } = useQuery({ queryKey: walletKey, queryFn: () => ask(api.GET("/v1/wallet")) });
  if (data === undefined) return null;
  const amount = money(data.available.micros, data.currency);
  return (
    <Link to="/wallet" className={css.balance} aria-label={t("available", { amount })}>
      {amount}
    </Link>
  );
}
