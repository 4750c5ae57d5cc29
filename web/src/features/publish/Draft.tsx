import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Failed, Loading } from "~/states/states";
import { Detected } from "./Detected";
import { DraftForm } from "./DraftForm";
import { inspectionQuery } from "./queries";

/** The second step: what the file holds, and what its creator says of it. */
export function Draft({ id }: { id: string }) {
  const { t } = useTranslation("publish");
  const draft = useQuery(inspectionQuery(id));
  if (draft.isPending) return <Loading />;
  if (draft.isError) {
    return (
      <>
        <Failed error={draft.error} onRetry={() => void draft.refetch()} />
        <Button variant="default" renderRoot={(props) => <Link to="/publish" search={{}} {...props} />}>{t("anotherUpload")}</Button>
      </>
    );
  }
  return (
    <>
      <Detected {...draft.data} />
      <DraftForm {...draft.data} />
    </>
  );
}
