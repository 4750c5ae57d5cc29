import { Button, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { When } from "~/format/When";
import { AnchorLink } from "~/layout/links";
import { say } from "~/states/notice";
import { More } from "./More";
import css from "./operator.module.css";
import { hiddenItemsQuery } from "./queries";
import { Section } from "./Section";

/** What operators hid from the gallery, to be shown again where that was a mistake. */
export function HiddenItems() {
  const { t } = useTranslation("operator");
  const list = useInfiniteQuery(hiddenItemsQuery);
  const items = list.data?.pages.flatMap((page) => page.results) ?? [];
  const restore = useRestore();
  return (
    <Section title={t("hiddenItems")} query={list}>
      {items.length === 0 ? <Text c="dimmed">{t("noHiddenItems")}</Text> : null}
      <ul className={css.list}>
        {items.map((item) => (
          <li key={item.id}>
            <div className={css.reported}>
              <img className={css.thumb} src={shownAddress(item.media.thumbnail_url)} alt="" width={72} height={72} loading="lazy" />
              <div className={css.name}>
                <AnchorLink to="/gallery/$id" params={item}>
                  {t("itemOf", { title: item.title || t("untitled"), owner: item.owner })}
                </AnchorLink>
                <span className={css.soft}>
                  <When at={item.created_at} />
                </span>
              </div>
            </div>
            <Button variant="default" size="xs" loading={restore.isPending && restore.variables === item.id} onClick={() => restore.mutate(item.id)}>
              {t("restore")}
            </Button>
          </li>
        ))}
      </ul>
      <More list={list} />
    </Section>
  );
}

function useRestore() {
  const { t } = useTranslation("operator");
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (item_id: string) => ask(api.POST("/v1/operator/gallery/items/{item_id}/restore", { params: { path: { item_id } } })),
    onSuccess: () => say(t("restored")),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => askAnew(cache, ["operator"]),
  });
}
