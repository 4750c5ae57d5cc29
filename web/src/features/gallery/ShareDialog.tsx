import { Button, Checkbox, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { shownAddress } from "~/api/own_address";
import { FormProblem } from "~/features/entry/FormProblem";
import { ButtonLink } from "~/layout/links";
import { Loading } from "~/states/states";
import { MAX_TITLE } from "./OwnItem";
import { galleryKey, ofSourceQuery, type Item } from "./queries";
import css from "./ShareDialog.module.css";

/** One picture of a prediction, or a whole walk. picture: its address, small. */
export interface Shareable {
  source: { prediction: string; output: string; index: number } | { walk: string };
  picture: string;
}

interface Props {
  /** What there is to choose from, one at least. */
  choices: readonly [Shareable, ...Shareable[]];
  onClose: () => void;
}

/** Asks what others are to see, and says what that means, before something is put in the gallery. */
export default function ShareDialog({ choices, onClose }: Props) {
  const { t } = useTranslation("gallery");
  const [chosen, setChosen] = useState<Shareable>(choices[0]);
  const { source } = chosen;
  const there = useQuery(ofSourceQuery("walk" in source ? source : { prediction: source.prediction }));
  const item = there.data?.find((each) => choices.length === 1 || sameFile(each, chosen.picture));
  return (
    <Modal opened onClose={onClose} title={t("putInTitle")} closeButtonProps={{ "aria-label": t("close", { ns: "common" }) }}>
      <Stack>
        {choices.length > 1 ? (
          <Radio.Group label={t("choosePicture")} value={chosen.picture} onChange={(picture) => setChosen(choices.find((each) => each.picture === picture) ?? choices[0])}>
            <div className={css.choices}>
              {choices.map(({ picture }, place) => (
                <label key={picture} className={css.choice}>
                  <img src={shownAddress(picture)} alt="" width={96} height={96} />
                  <Radio value={picture} aria-label={t("pictureNumber", { number: place + 1 })} />
                </label>
              ))}
            </div>
          </Radio.Group>
        ) : (
          <img className={css.picture} src={shownAddress(chosen.picture)} alt="" />
        )}
        {there.isPending ? <Loading /> : item ? <Hangs item={item} /> : <ShareForm key={chosen.picture} source={source} onClose={onClose} />}
      </Stack>
    </Modal>
  );
}

/** Links are signed anew each time; the file that they lead to is the same. */
const sameFile = (item: Item, picture: string) => pathOf(item.media.thumbnail_url) === pathOf(picture);
const pathOf = (address: string) => new URL(address, "http://here.invalid").pathname;

function Hangs({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  return (
    <Group justify="space-between">
      <Text role="status">{t("isThere")}</Text>
      <ButtonLink to="/gallery/$id" params={item}>{t("seeIt")}</ButtonLink>
    </Group>
  );
}

function ShareForm({ source, onClose }: { source: Shareable["source"]; onClose: () => void }) {
  const { t } = useTranslation("gallery");
  const [title, setTitle] = useState("");
  const [showsInput, setShowsInput] = useState(true);
  const share = useShare();
  const problem = share.error === null ? null : asProblem(share.error);
  return (
    <form onSubmit={(event) => { event.preventDefault(); share.mutate({ index: 0, ...source, title, show_input: showsInput }); }}>
      <Stack>
        <TextInput label={t("titleLabel")} description={t("titleHint")} value={title} maxLength={MAX_TITLE} data-autofocus
          error={problem?.field === "title" ? problem.shown : null} onChange={(event) => setTitle(event.currentTarget.value)} />
        <Checkbox label={t("showInput")} description={t("showInputHint")} checked={showsInput} onChange={(event) => setShowsInput(event.currentTarget.checked)} />
        <Text size="sm" c="dimmed">{t("putInText")}</Text>
        <FormProblem problem={problem?.field === "title" ? null : problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("cancel", { ns: "common" })}
          </Button>
          <Button type="submit" loading={share.isPending}>
            {t("putIn")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useShare() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["NewGalleryItem"]) => ask(api.POST("/v1/gallery/items", { body })),
    onSuccess: () => askAnew(cache, galleryKey),
  });
}
