import { Text, Title } from "@mantine/core";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { AnchorLink } from "~/layout/links";
import { useAccount } from "~/session/session";
import css from "./entry.module.css";
import { LoginForm } from "./LoginForm";
import { RegisterForm } from "./RegisterForm";
import { ownPath } from "./return_path";

/** Where whoever has logged in goes, here or in another way: a session that ended asks by a dialog, too. */
function useReturn(): { to: string | undefined; goBack: () => void } {
  const router = useRouter();
  const search = useSearch({ strict: false });
  const to = "to" in search && typeof search.to === "string" ? search.to : undefined;
  const account = useAccount();
  const left = useRef(false);
  const goBack = useCallback(() => {
    if (left.current) return;
    left.current = true;
    router.history.push(ownPath(to));
  }, [router, to]);
  useEffect(() => {
    if (account) goBack();
  }, [account, goBack]);
  return { to, goBack };
}

export function LoginPage() {
  const { t } = useTranslation("entry");
  const { goBack, to } = useReturn();
  return (
    <div className={css.entry}>
      <Title order={1}>{t("logIn")}</Title>
      <LoginForm onDone={goBack} />
      <Text>
        {t("noAccount")}{" "}
        <AnchorLink to="/register" search={to === undefined ? {} : { to }}>
          {t("register")}
        </AnchorLink>
      </Text>
    </div>
  );
}

export function RegisterPage() {
  const { t } = useTranslation("entry");
  const { goBack, to } = useReturn();
  return (
    <div className={css.entry}>
      <Title order={1}>{t("register")}</Title>
      <RegisterForm onDone={goBack} />
      <Text>
        {t("haveAccount")}{" "}
        <AnchorLink to="/login" search={to === undefined ? {} : { to }}>
          {t("logIn")}
        </AnchorLink>
      </Text>
    </div>
  );
}
