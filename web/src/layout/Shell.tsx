/** What surrounds every page: the bar above, the tabs below on a phone, messages, and the way back in when a session ended. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { LoginAgain } from "~/session/LoginAgain";
import { Notices, say } from "~/states/notice";
import css from "./Shell.module.css";
import { TabBar } from "./TabBar";
import { TopBar } from "./TopBar";

export function Shell() {
  const { t } = useTranslation("common");
  const offline = useOffline();
  return (
    <>
      <a className={css.skip} href="#content">
        {t("skip")}
      </a>
      <TopBar />
      {offline ? (
        <p className={css.offline} role="alert">
          {t("offline")}
        </p>
      ) : null}
      <Content />
      <TabBar />
      <LoginAgain />
      <Notices closeLabel={t("close")} />
    </>
  );
}

/** Focus goes to the new page when the address changes, so that a screen reader starts there. */
function Content() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const first = useRef(true);
  useEffect(() => {
    if (path === undefined) return;
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <main id="content" tabIndex={-1} ref={main} className={css.content}>
      <Outlet />
    </main>
  );
}

function useOffline(): boolean {
  const { t } = useTranslation("common");
  const [offline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const lost = () => setOffline(true);
    const back = () => {
      setOffline(false);
      say(t("online"));
    };
    window.addEventListener("offline", lost);
    window.addEventListener("online", back);
    return () => {
      window.removeEventListener("offline", lost);
      window.removeEventListener("online", back);
    };
  }, [t]);
  return offline;
}
