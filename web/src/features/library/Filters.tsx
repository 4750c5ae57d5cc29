import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import css from "./LibraryPage.module.css";
import { usedModelsQuery } from "./queries";
import { readLibrarySearch, STATUSES, type LibrarySearch } from "./search";

export function Filters({ search }: { search: LibrarySearch }) {
  const { t } = useTranslation("library");
  const navigate = useNavigate({ from: "/library" });
  const used = useQuery(usedModelsQuery).data ?? [];
  const models = search.model === undefined || used.includes(search.model) ? used : [search.model, ...used];
  const change = (part: { status?: string; model?: string }) =>
    void navigate({ search: readLibrarySearch({ ...search, ...part }), replace: true, resetScroll: false });
  return (
    <search className={css.filters}>
      <NativeSelect
        aria-label={t("status")}
        value={search.status ?? ""}
        onChange={(event) => change({ status: event.currentTarget.value })}
        data={[{ value: "", label: t("status_any") }, ...STATUSES.map((value) => ({ value, label: t(`status_${value}`) }))]}
      />
      <NativeSelect
        aria-label={t("model")}
        value={search.model ?? ""}
        onChange={(event) => change({ model: event.currentTarget.value })}
        data={[{ value: "", label: t("model_any") }, ...models]}
      />
      {search.status ?? search.model ? (
        <Button variant="subtle" size="xs" onClick={() => void navigate({ search: {}, replace: true })}>
          {t("clear")}
        </Button>
      ) : null}
    </search>
  );
}
