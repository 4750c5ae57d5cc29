import { VisuallyHidden } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Filters } from "./Filters";
import { ModelList } from "./ModelList";
import { PictureWall } from "./PictureWall";

export function ExplorePage() {
  const { t } = useTranslation("explore");
  const search = useSearch({ from: "/" });
  return (
    <>
      <VisuallyHidden>
        <h1>{t("title")}</h1>
      </VisuallyHidden>
      <Filters search={search} />
      {search.show === "models" ? <ModelList search={search} /> : <PictureWall search={search} />}
    </>
  );
}
