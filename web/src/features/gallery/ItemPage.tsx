import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import { useAccount } from "~/session/session";
import { NotFound } from "~/states/NotFound";
import { Failed, Loading } from "~/states/states";
import { ItemActions } from "./ItemActions";
import { ItemFacts } from "./ItemFacts";
import css from "./ItemPage.module.css";
import { ItemStage } from "./ItemStage";
import { MadeWith } from "./MadeWith";
import { OwnItem } from "./OwnItem";
import { itemQuery, type Item } from "./queries";
import { ReportItem } from "./ReportItem";

/** One picture or walk of the gallery, and what one does with it. */
export function ItemPage() {
  const { t } = useTranslation("gallery");
  const { id } = useParams({ from: "/gallery/$id" });
  const account = useAccount();
  // who looks is known a moment later than what there is to see: what everybody sees stays until then
  const item = useQuery({ ...itemQuery(id, account?.username ?? null), placeholderData: (shown: Item | undefined) => (shown?.id === id ? shown : undefined) });
  if (item.isPending) return <Loading />;
  if (item.isError) {
    if (asProblem(item.error).status === 404) return <NotFound />;
    return <Failed error={item.error} onRetry={() => void item.refetch()} />;
  }
  return (
    <article className={css.page}>
      <ItemStage item={item.data} />
      <section className={css.side} aria-label={t("about")}>
        <ItemFacts item={item.data} />
        <ItemActions item={item.data} />
        {item.data.mine ? <OwnItem item={item.data} /> : null}
        <MadeWith item={item.data} />
        <ReportItem item={item.data} />
      </section>
    </article>
  );
}
