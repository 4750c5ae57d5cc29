import { Button, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { When } from "~/format/When";
import { Icon } from "~/layout/icons";
import { say } from "~/states/notice";
import css from "./operator.module.css";
import { overviewQuery } from "./queries";

/** Whether every amount in the ledger has its counterpart, and the button that looks again. */
export function Books({ books }: { books: Schemas["BooksReply"] }) {
  const { t } = useTranslation("operator");
  const cache = useQueryClient();
  const check = useMutation({
    mutationFn: () => ask(api.POST("/v1/operator/books/check")),
    onSuccess: (found) => {
      cache.setQueryData(overviewQuery.queryKey, (shown) => shown && { ...shown, books: found });
      say(t(found.balanced === false ? "booksWrong" : "booksRight"), found.balanced === false ? "bad" : "good");
    },
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
  const verdict = books.balanced === null ? "booksUnknown" : books.balanced ? "booksRight" : "booksWrong";
  return (
    <div className={css.card}>
      <h3>{t("books")}</h3>
      <p className={css.verdict}>
        {books.balanced === null ? null : (
          <span className={css.sign} data-good={books.balanced}>
            <Icon name={books.balanced ? "check" : "warning"} size={16} />
          </span>
        )}
        {t(verdict)}
      </p>
      {books.checked_at === null ? null : <Text c="dimmed" size="sm">{t("checked")} <When at={books.checked_at} /></Text>}
      {[...books.problems, ...books.warnings].map((line) => <p key={line}>{line}</p>)}
      <Button variant="default" size="xs" className={css.start ?? ""} loading={check.isPending} onClick={() => check.mutate()}>
        {t("checkBooks")}
      </Button>
    </div>
  );
}
