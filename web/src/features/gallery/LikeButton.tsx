import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { count } from "~/format/money";
import { Icon } from "~/layout/icons";
import { useAccount } from "~/session/session";
import { say } from "~/states/notice";
import { galleryKey, itemQuery, type Item } from "./queries";

/** Likes an item, or no longer; shown at once, and as the server counts a moment later. */
export function LikeButton({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const account = useAccount();
  const navigate = useNavigate();
  const like = useLike(item, account?.username ?? null);
  const isLiked = item.liked === true;
  const press = () => {
    if (account === null) return void navigate({ to: "/login", search: { to: `/gallery/${item.id}` } });
    if (!like.isPending) like.mutate(!isLiked);
  };
  const label = t("likes", { count: item.likes, shown: count(item.likes) });
  return (
    <Button variant="default" size="sm" disabled={item.mine || account === undefined} aria-pressed={isLiked} aria-label={`${t("like")}, ${label}`}
      leftSection={<Icon name="heart" size={16} isFilled={isLiked} />} onClick={press}>
      {count(item.likes)}
    </Button>
  );
}

function useLike(item: Item, viewer: string | null) {
  const cache = useQueryClient();
  const { queryKey } = itemQuery(item.id, viewer);
  const path = { item_id: item.id };
  return useMutation({
    mutationFn: (on: boolean) => {
      const params = { params: { path } };
      return ask(on ? api.PUT("/v1/gallery/items/{item_id}/like", params) : api.DELETE("/v1/gallery/items/{item_id}/like", params));
    },
    onMutate: (on) => cache.setQueryData(queryKey, { ...item, liked: on, likes: item.likes + (on ? 1 : -1) }),
    onSuccess: (now) => cache.setQueryData(queryKey, now),
    onError: (error) => {
      cache.setQueryData(queryKey, item);
      say(asProblem(error).shown, "bad");
    },
    onSettled: () => askAnew(cache, [...galleryKey, "list"]),
  });
}
