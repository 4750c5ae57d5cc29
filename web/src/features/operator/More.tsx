import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import css from "./operator.module.css";

interface Props {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}

/** The next page when it is asked for: lists below each other must not grow by themselves. */
export function More({ list }: Props) {
  const { t } = useTranslation("common");
  if (!list.hasNextPage) return null;
  return (
    <Button variant="default" className={css.start ?? ""} loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {t("more")}
    </Button>
  );
}
