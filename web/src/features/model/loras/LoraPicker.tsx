import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { LoraCard } from "./LoraCard";
import { MOST_LORAS, toggled, without, type Chosen } from "./chosen";
import css from "./loras.module.css";
import { LoraWeight } from "./LoraWeight";
import { lorasQuery } from "./queries";

interface Props {
  model: Schemas["ModelReply"];
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

/** With fewer than this one sees them all. */
const SEARCHED_FROM = 9;

/** LoRAs on this model to choose from, each with its picture and price; nothing where there are none. */
export function LoraPicker({ model, chosen, onChange }: Props) {
  const { t } = useTranslation("model");
  const id = useId();
  const [query, setQuery] = useState("");
  const base = model.base?.version ?? model.latest_version?.id ?? "";
  const list = useInfiniteQuery({ ...lorasQuery(base, query), enabled: base !== "" });
  const found = (list.data?.pages.flatMap((page) => page.results) ?? []).filter((each) => nameOf(each) !== nameOf(model));
  const names = Object.keys(chosen);
  if (found.length === 0 && names.length === 0 && query === "") return null;
  const full = names.length >= MOST_LORAS;
  return (
    <fieldset className={css.picker}>
      <legend className={css.title}>{t("loras")}</legend>
      <p className={css.hint} id={id}>{t(full ? "lorasFull" : "lorasHint", { most: MOST_LORAS })}</p>
      {query !== "" || found.length >= SEARCHED_FROM ? (
        <TextInput size="xs" type="search" aria-label={t("searchLoras")} placeholder={t("searchLoras")} value={query}
          onChange={(event) => setQuery(event.currentTarget.value)} />
      ) : null}
      <ul className={css.cards} aria-describedby={id}>
        {found.map((lora) => (
          <LoraCard key={nameOf(lora)} lora={lora} taken={nameOf(lora) in chosen} disabled={full && !(nameOf(lora) in chosen)}
            onToggle={() => onChange(toggled(chosen, nameOf(lora)))} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button variant="default" size="xs" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more", { ns: "common" })}
        </Button>
      ) : null}
      {names.map((name) => (
        <LoraWeight key={name} name={name} weight={chosen[name] ?? 1} onChange={(weight) => onChange({ ...chosen, [name]: weight })}
          onRemove={() => onChange(without(chosen, name))} />
      ))}
    </fieldset>
  );
}

const nameOf = ({ owner, name }: Pick<Schemas["ModelReply"], "owner" | "name">) => `${owner}/${name}`;
