import { Button, FileButton, Title } from "@mantine/core";
import { useMutation, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { bytes, percent } from "~/format/money";
import { When } from "~/format/When";
import { say } from "~/states/notice";
import { Failed } from "~/states/states";
import css from "./Publish.module.css";
import { uploadsQuery, type Upload } from "./queries";
import { ACCEPTS } from "./rules";

interface Props {
  list: UseQueryResult<Upload[]>;
  onFile: (file: File | null, wanted: Upload) => void;
}

/** Uploads of before that are not published: the complete ones are described next, the others need their file again. */
export function OpenUploads({ list, onFile }: Props) {
  const { t } = useTranslation("publish");
  const cache = useQueryClient();
  const giveUp = useMutation({
    mutationFn: (upload_id: string) => ask(api.DELETE("/v1/uploads/{upload_id}", { params: { path: { upload_id } } })),
    onSettled: () => cache.invalidateQueries({ queryKey: uploadsQuery.queryKey }),
    onError: (error) => say(asProblem(error).shown, "bad"),
  });
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const open = (list.data ?? []).filter((each) => each.version === null);
  if (open.length === 0) return null;
  return (
    <section className={css.part}>
      <Title order={2}>{t("openTitle")}</Title>
      <ul className={css.list}>
        {open.map((upload) => (
          <li key={upload.id}>
            <span className={css.grow}>
              <b>{upload.file_name}</b>
              <span className={css.soft}>
                {t("sent", { share: percent(upload.received_bytes / upload.size_bytes), received: bytes(upload.received_bytes), size: bytes(upload.size_bytes) })}
                {" · "}
                {t("expires")} <When at={upload.expires_at} />
              </span>
            </span>
            {upload.received_bytes === upload.size_bytes ? (
              <Button size="xs" variant="default" renderRoot={(props) => <Link to="/publish" search={{ upload: upload.id }} {...props} />}>
                {t("describe")}
              </Button>
            ) : (
              <FileButton onChange={(file) => onFile(file, upload)} accept={ACCEPTS}>
                {(props) => <Button {...props} size="xs" variant="default">{t("chooseAgain")}</Button>}
              </FileButton>
            )}
            <Button size="xs" variant="subtle" color="red.8" loading={giveUp.isPending && giveUp.variables === upload.id}
              aria-label={t("giveUpOf", { name: upload.file_name })} onClick={() => giveUp.mutate(upload.id)}>
              {t("giveUp")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
