import { Alert, Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import { say } from "~/states/notice";
import type { Walk } from "./walk";
import { showInGallery, walkQuery } from "./queries";

const MOST_LETTERS = 120;

/** Shows a walk to everybody, under a title; nobody's walk is there unasked. */
export function PublishDialog({ walk, onClose }: { walk: Walk; onClose: () => void }) {
  const { t } = useTranslation("walks");
  const cache = useQueryClient();
  const [title, setTitle] = useState(walk.title);
  const [showsInput, setShowsInput] = useState(true);
  const publish = useMutation({
    mutationFn: () => showInGallery(walk.id, title.trim(), showsInput),
    onSuccess: (item) => {
      cache.setQueryData(walkQuery(walk.id).queryKey, (now) => (now ? { ...now, gallery_item: item.id } : now));
      void cache.invalidateQueries({ queryKey: ["gallery"] });
      say(t("published"));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t("toGallery")} closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <form onSubmit={(event) => { event.preventDefault(); publish.mutate(); }}>
        <Stack>
          <TextInput label={t("title")} value={title} maxLength={MOST_LETTERS} required data-autofocus onChange={(event) => setTitle(event.currentTarget.value)} />
          <Checkbox label={t("showInput")} description={t("showInputHint")} checked={showsInput} onChange={(event) => setShowsInput(event.currentTarget.checked)} />
          {publish.isError ? <Alert color="red" role="alert">{asProblem(publish.error).shown}</Alert> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{t("cancel", { ns: "common" })}</Button>
            <Button type="submit" loading={publish.isPending} disabled={title.trim() === ""}>{t("publish")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
