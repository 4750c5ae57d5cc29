import { Button, Chip, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { ChosenFilter } from "~/layout/ChosenFilter";
import { Icon } from "~/layout/icons";
import css from "./Filters.module.css";
import { tagsQuery } from "./queries";
import { SORTS, type ExploreSearch } from "./search";

const TYPING_MS = 220;
const SHOWN_TAGS = 10;
const PIPELINES: Schemas["Pipeline"][] = ["text-to-image", "latent-to-image", "image-to-image", "image-to-label", "tensor"];
const LICENCES = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Apache-2.0", "MIT"];

export function Filters({ search }: { search: ExploreSearch }) {
  const { t } = useTranslation("explore");
  const navigate = useNavigate({ from: "/" });
  const change = (part: { [Key in keyof ExploreSearch]: ExploreSearch[Key] | undefined }) =>
    void navigate({ search: withoutNothing({ ...search, ...part }), replace: true, resetScroll: false });
  const filtered = Object.keys(search).some((key) => key !== "sort" && key !== "show");
  const select = (name: "pipeline" | "license", values: string[]) => (
    <NativeSelect
      aria-label={t(name)}
      value={search[name] ?? ""}
      onChange={(event) => change({ [name]: event.currentTarget.value || undefined })}
      data={[{ value: "", label: t(`any_${name}`) }, ...values.map((value) => ({ value, label: t(`value_${value}`, { defaultValue: value }) }))]}
    />
  );
  return (
    <search className={css.filters}>
      <SearchBox shown={search.query ?? ""} onSearch={(query) => change({ query: query || undefined })} />
      <div className={css.row}>
        {search.owner ? <ChosenFilter onTakeAway={() => change({ owner: undefined })}>{t("byOwner", { owner: search.owner })}</ChosenFilter> : null}
        <SegmentedControl
          size="xs"
          aria-label={t("show")}
          value={search.show ?? "pictures"}
          onChange={(show) => change({ show: show === "models" ? "models" : undefined })}
          data={[{ value: "pictures", label: t("pictures") }, { value: "models", label: t("models") }]}
        />
        {select("pipeline", PIPELINES)}
        {select("license", LICENCES)}
        <NativeSelect
          aria-label={t("price")}
          value={search.price ?? ""}
          onChange={(event) => change({ price: event.currentTarget.value === "" ? undefined : (event.currentTarget.value as "free" | "paid") })}
          data={["", "free", "paid"].map((value) => ({ value, label: t(`price_${value || "any"}`) }))}
        />
        <NativeSelect
          aria-label={t("sort")}
          value={search.sort ?? "new"}
          onChange={(event) => change({ sort: SORTS.find((sort) => sort === event.currentTarget.value) })}
          data={SORTS.map((value) => ({ value, label: t(`sort_${value}`) }))}
        />
        {filtered ? (
          <Button variant="subtle" size="xs" onClick={() => void navigate({ search: {}, replace: true })}>
            {t("clear")}
          </Button>
        ) : null}
      </div>
      <Tags chosen={search.tag} onChoose={(tag) => change({ tag })} />
    </search>
  );
}

function Tags({ chosen, onChoose }: { chosen: string | undefined; onChoose: (tag: string | undefined) => void }) {
  const { t } = useTranslation("explore");
  const tags = useQuery(tagsQuery).data?.slice(0, SHOWN_TAGS).map((each) => each.tag) ?? [];
  const shown = chosen === undefined || tags.includes(chosen) ? tags : [chosen, ...tags];
  return (
    <div className={css.tags} role="group" aria-label={t("tags")}>
      {shown.map((tag) => (
        <Chip key={tag} size="xs" variant="outline" checked={tag === chosen} onChange={(on) => onChoose(on ? tag : undefined)}>
          {t(`tag_${tag}`, { defaultValue: tag })}
        </Chip>
      ))}
    </div>
  );
}

/** Searches while one types, a moment after the last letter. */
function SearchBox({ shown, onSearch }: { shown: string; onSearch: (query: string) => void }) {
  const { t } = useTranslation("explore");
  const [typed, setTyped] = useState(shown);
  const [last, setLast] = useState(shown);
  if (shown !== last) {
    setLast(shown); // the address changed: by "back", or by what was typed here
    if (shown !== typed.trim()) setTyped(shown);
  }
  useEffect(() => {
    if (typed.trim() === shown) return;
    const timer = setTimeout(() => onSearch(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <TextInput
      type="search"
      size="md"
      className={css.search}
      leftSection={<Icon name="search" />}
      aria-label={t("search")}
      placeholder={t("search")}
      value={typed}
      maxLength={200}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function withoutNothing(search: { [Key in keyof ExploreSearch]: ExploreSearch[Key] | undefined }): ExploreSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
