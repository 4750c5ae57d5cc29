import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Failed, Loading } from "~/states/states";
import { Balances } from "./Balances";
import { walletQuery } from "./queries";
import { Statement } from "./Statement";
import { TopUp } from "./TopUp";
import css from "./WalletPage.module.css";

export function WalletPage() {
  const { t } = useTranslation("wallet");
  const search = useSearch({ from: "/wallet" });
  const wallet = useQuery(walletQuery);
  return (
    <article className={css.page}>
      <Title order={1}>{t("wallet", { ns: "common" })}</Title>
      {wallet.isPending ? <Loading /> : null}
      {wallet.isError && wallet.data === undefined ? <Failed error={wallet.error} onRetry={() => void wallet.refetch()} /> : null}
      {wallet.data ? (
        <>
          <div className={css.top}>
            <Balances wallet={wallet.data} />
            <TopUp currency={wallet.data.currency} />
          </div>
          <Statement search={search} />
        </>
      ) : null}
    </article>
  );
}
