import { Button, Checkbox, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { Icon } from "~/layout/icons";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import css from "./ItemPage.module.css";
import { galleryKey, type Item } from "./queries";

export const MAX_TITLE = 120;

/** What an owner does with what hangs in the gallery: call it something else, show or keep its inputs, take it away. */
export function OwnItem({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const [title, setTitle] = useState(item.title);
  const [showsInput, setShowsInput] = useState(item.show_input);
  const [asks, setAsks] = useState(false);
  const change = useChange(item.id);
  const withdraw = useWithdraw(item.id);
  const isChanged = title !== item.title || showsInput !== item.show_input;
  const problem = change.error === null ? null : asProblem(change.error);
  return (
    <form className={css.own} aria-label={t("yours")} onSubmit={(event) => { event.preventDefault(); change.mutate({ title, show_input: showsInput }); }}>
      {item.hidden ? (
        <p className={css.hidden} role="status">
          <Icon name="warning" size={16} /> {t("hiddenText")}
        </p>
      ) : null}
      <TextInput label={t("titleLabel")} value={title} maxLength={MAX_TITLE} error={problem?.field === "title" ? problem.shown : null}
        onChange={(event) => setTitle(event.currentTarget.value)} />
      <Checkbox label={t("showInput")} description={t("showInputHint")} checked={showsInput} onChange={(event) => setShowsInput(event.currentTarget.checked)} />
      <Group gap="xs" justify="space-between">
        <Button type="submit" variant="default" size="xs" disabled={!isChanged} loading={change.isPending}>
          {t("save", { ns: "common" })}
        </Button>
        <Button variant="subtle" size="xs" color="red" onClick={() => setAsks(true)}>
          {t("withdraw")}
        </Button>
      </Group>
      {asks ? (
        <Confirm title={t("withdrawTitle")} action={t("withdraw")} busy={withdraw.isPending} onConfirm={() => withdraw.mutate()} onClose={() => setAsks(false)}>
          {t("withdrawText")}
        </Confirm>
      ) : null}
    </form>
  );
}

function useChange(item_id: string) {
  const { t } = useTranslation("gallery");
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { title: string; show_input: boolean }) => ask(api.PATCH("/v1/gallery/items/{item_id}", { params: { path: { item_id } }, body })),
    onSuccess: async () => {
      await askAnew(cache, galleryKey);
      say(t("saved"));
    },
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
}

function useWithdraw(item_id: string) {
  const { t } = useTranslation("gallery");
  const cache = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => ask(api.DELETE("/v1/gallery/items/{item_id}", { params: { path: { item_id } } })),
    onSuccess: async () => {
      await navigate({ to: "/gallery", search: { mine: true } });
      cache.removeQueries({ queryKey: [...galleryKey, "item", item_id] });
      await askAnew(cache, galleryKey);
      say(t("withdrawn"));
    },
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
}
