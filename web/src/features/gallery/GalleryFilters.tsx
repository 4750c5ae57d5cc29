import { Button, NativeSelect, SegmentedControl } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ChosenFilter } from "~/layout/ChosenFilter";
import { useAccount } from "~/session/session";
import css from "./GalleryPage.module.css";
import { KINDS, readGallerySearch, type GallerySearch } from "./search";

export function GalleryFilters({ search }: { search: GallerySearch }) {
  const { t } = useTranslation("gallery");
  const account = useAccount();
  const navigate = useNavigate({ from: "/gallery" });
  const change = (part: { [Key in keyof GallerySearch]: GallerySearch[Key] | undefined }) =>
    void navigate({ search: readGallerySearch({ ...search, ...part }), replace: true, resetScroll: false });
  return (
    <search className={css.filters}>
      {search.owner ? <ChosenFilter onTakeAway={() => change({ owner: undefined })}>{t("by", { owner: search.owner })}</ChosenFilter> : null}
      {search.model ? <ChosenFilter onTakeAway={() => change({ model: undefined })}>{search.model}</ChosenFilter> : null}
      <SegmentedControl size="xs" aria-label={t("kind")} value={search.kind ?? ""}
        onChange={(kind) => change({ kind: KINDS.find((each) => each === kind) })}
        data={["", ...KINDS].map((value) => ({ value, label: t(`kind_${value || "any"}`) }))} />
      <NativeSelect aria-label={t("sort")} value={search.sort ?? "new"}
        onChange={(event) => change({ sort: event.currentTarget.value === "liked" ? "liked" : undefined })}
        data={["new", "liked"].map((value) => ({ value, label: t(`sort_${value}`) }))} />
      {account ? (
        <Button variant={search.mine ? "filled" : "default"} size="xs" aria-pressed={search.mine === true} onClick={() => change({ mine: search.mine ? undefined : true })}>
          {t("mine")}
        </Button>
      ) : null}
    </search>
  );
}
