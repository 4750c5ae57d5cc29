import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useAccount } from "~/session/session";
import { Loading } from "~/states/states";
import css from "./account.module.css";
import { ApiKeys } from "./ApiKeys";
import { DeleteAccount } from "./DeleteAccount";
import { OwnData } from "./OwnData";
import { PasswordForm } from "./PasswordForm";
import { Preferences } from "./Preferences";
import { ProfileForm } from "./ProfileForm";
import { Sessions } from "./Sessions";

export function AccountPage() {
  const { t } = useTranslation("common");
  const account = useAccount();
  if (!account) return <Loading />; // the log-in opens over the page by itself
  return (
    <div className={css.page}>
      <Title order={1}>{t("account")}</Title>
      <ProfileForm account={account} />
      <Preferences account={account} />
      <ApiKeys account={account} />
      <Sessions />
      <PasswordForm />
      <OwnData />
      <DeleteAccount account={account} />
    </div>
  );
}
