import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { picturesOf, useSharing } from "~/features/gallery/use_sharing";
import { Icon } from "~/layout/icons";
import { picturesIn } from "~/outputs/OutputView";
import { say } from "~/states/notice";
import type { Field, Value } from "./fields";
import css from "./ModelPage.module.css";
import { pictureTakersQuery } from "./queries";

interface Props {
  model: Schemas["ModelReply"];
  prediction: Schemas["PredictionReply"];
  fields: readonly Field[];
  onUse: (name: string, value: Value) => void;
}

/** What one does with a result: keep it, show it to others, go on with it. */
export default function ResultActions({ model, prediction, fields, onUse }: Props) {
  const { t } = useTranslation("model");
  const sharing = useSharing(picturesOf(prediction));
  const pictures = picturesIn(prediction.output);
  const first = pictures[0];
  return (
    <div className={css.actions}>
      {prediction.files.map((file, place) => (
        <Button key={file.url} component="a" href={shownAddress(file.url)} download={`${model.name}-${prediction.id.slice(-6)}-${place + 1}`}
          variant="default" size="xs" leftSection={<Icon name="download" size={16} />}>
          {t("download", { ns: "common" })}
        </Button>
      ))}
      <Share model={model} prediction={prediction} fields={fields} />
      {sharing.canShare ? (
        <Button variant="default" size="xs" leftSection={<Icon name="gallery" size={16} />} onClick={sharing.open}>
          {t("putInGallery")}
        </Button>
      ) : null}
      {sharing.dialog}
      {first ? <UseAsInput model={model} picture={first} fields={fields} onUse={onUse} /> : null}
    </div>
  );
}

/** A link to the same inputs; files are left out of it, since only their owner may read them. */
function Share({ model, prediction, fields }: Omit<Props, "onUse">) {
  const { t } = useTranslation("model");
  const share = async () => {
    const plain = fields.filter((field) => !["image", "audio", "file", "mask"].includes(field.kind));
    const input = Object.fromEntries(plain.map(({ name }) => [name, prediction.input[name]]).filter(([, value]) => value != null));
    const loras = Object.fromEntries(prediction.loras.map((lora) => [lora.model, lora.weight]));
    const asked = new URLSearchParams({ input: JSON.stringify(input), ...(prediction.loras.length > 0 && { loras: JSON.stringify(loras) }) });
    const url = `${window.location.origin}/${model.owner}/${model.name}?${asked.toString()}`;
    try {
      if (navigator.share) return await navigator.share({ title: `${model.owner}/${model.name}`, url });
      await navigator.clipboard.writeText(url);
      say(t("linkCopied"));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) say(url, "bad");
    }
  };
  return (
    <Button variant="default" size="xs" leftSection={<Icon name="share" size={16} />} onClick={() => void share()}>
      {t("share")}
    </Button>
  );
}

function UseAsInput({ model, picture, fields, onUse }: { model: Schemas["ModelReply"]; picture: string; fields: readonly Field[]; onUse: Props["onUse"] }) {
  const { t } = useTranslation("model");
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const takers = useQuery({ ...pictureTakersQuery, enabled: open }).data ?? [];
  const here = fields.find((field) => field.kind === "image");
  const others = takers.filter((taker) => taker.owner !== model.owner || taker.name !== model.name);
  const give = (taker: Schemas["ModelReply"]) => {
    const properties = (taker.latest_version?.openapi_schema as { components?: { schemas?: { Input?: { properties?: Record<string, { "x-type"?: string }> } } } })
      ?.components?.schemas?.Input?.properties;
    const name = Object.entries(properties ?? {}).find(([, property]) => property["x-type"] === "image")?.[0];
    if (name) void navigate({ to: "/$owner/$name", params: taker, search: { input: { [name]: picture } } });
  };
  return (
    <Menu opened={open} onChange={setOpen}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<Icon name="use" size={16} />}>
          {t("useAsInput")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {here ? <Menu.Item onClick={() => onUse(here.name, picture)}>{t("useHere")}</Menu.Item> : null}
        {others.map((taker) => (
          <Menu.Item key={`${taker.owner}/${taker.name}`} onClick={() => give(taker)}>
            {taker.owner}/{taker.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
