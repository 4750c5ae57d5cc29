import { Button, NativeSelect } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Icon } from "~/layout/icons";
import { ButtonLink } from "~/layout/links";
import { LoadMore } from "~/states/LoadMore";
import { Empty, Failed, Loading } from "~/states/states";
import { StatementLine } from "./StatementLine";
import { statementQuery } from "./queries";
import { KINDS, type WalletSearch } from "./search";
import css from "./WalletPage.module.css";

const CSV = "/v1/wallet/statement?format=csv";

/** Everything that moved the wallet, newest first. */
export function Statement({ search }: { search: WalletSearch }) {
  const { t } = useTranslation("wallet");
  const navigate = useNavigate({ from: "/wallet" });
  const choose = (value: string) => {
    const kind = KINDS.find((each) => each === value);
    void navigate({ search: kind ? { kind } : {}, replace: true, resetScroll: false });
  };
  return (
    <section aria-labelledby="statement">
      <div className={css.bar}>
        <h2 id="statement" className={css.heading}>
          {t("statement")}
        </h2>
        <NativeSelect
          size="xs"
          aria-label={t("kind")}
          value={search.kind ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
          data={[{ value: "", label: t("kind_any") }, ...KINDS.map((value) => ({ value, label: t(`kind_${value}`) }))]}
        />
        <Button component="a" href={CSV} download="wallet.csv" variant="default" size="xs" leftSection={<Icon name="download" size={16} />}>
          {t("csv")}
        </Button>
      </div>
      <Lines search={search} />
    </section>
  );
}

function Lines({ search }: { search: WalletSearch }) {
  const { t } = useTranslation("wallet");
  const statement = useInfiniteQuery(statementQuery(search));
  if (statement.isPending) return <Loading />;
  if (statement.isError) return <Failed error={statement.error} onRetry={() => void statement.refetch()} />;
  const lines = statement.data.pages.flatMap((page) => page.results);
  if (lines.length === 0) {
    if (search.kind) return <Empty title={t("nothing")}>{t("nothingHint")}</Empty>;
    return (
      <Empty title={t("empty")} action={<ButtonLink to="/" variant="default">{t("toExplore", { ns: "common" })}</ButtonLink>}>
        {t("emptyHint")}
      </Empty>
    );
  }
  return (
    <>
      <ul className={css.lines} aria-label={t("statement")}>
        {lines.map((entry) => (
          <StatementLine key={entry.id} entry={entry} />
        ))}
      </ul>
      <LoadMore {...statement} />
    </>
  );
}
