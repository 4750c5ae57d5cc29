import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "~/layout/links";
import { useAccount } from "~/session/session";
import { Empty, Loading } from "~/states/states";
import css from "./operator.module.css";
import { HiddenItems } from "./HiddenItems";
import { Overview } from "./Overview";
import { Reports } from "./Reports";
import { Troubled } from "./Troubled";
import { Users } from "./Users";
import { Waiting } from "./Waiting";

export function OperatorPage() {
  const { t } = useTranslation("operator");
  const account = useAccount();
  if (!account) return <Loading />; // the log-in opens over the page by itself
  const allowed = account.roles.includes("operator");
  return (
    <div className={css.page}>
      <Title order={1}>{t("operator", { ns: "common" })}</Title>
      {allowed ? (
        <>
          <Overview />
          <Waiting />
          <Troubled />
          <Reports />
          <HiddenItems />
          <Users own={account.username} />
        </>
      ) : (
        <Empty title={t("onlyTitle")} action={<ButtonLink to="/">{t("toExplore", { ns: "common" })}</ButtonLink>}>
          {t("onlyText")}
        </Empty>
      )}
    </div>
  );
}
