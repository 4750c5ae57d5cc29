import { Alert, Button, Loader, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { modelQuery } from "~/features/model/queries";
import { CheckList } from "~/outputs/CheckList";
import { Reason } from "~/outputs/Reason";
import { Failed, Loading } from "~/states/states";
import css from "./Publish.module.css";
import { isMoving, reportQuery } from "./queries";

interface Props {
  owner: string;
  name: string;
  version: string;
}

/** The third step: every check as it happens, then trying and listing, or what to mend. */
export function Verifying({ owner, name, version }: Props) {
  const { t } = useTranslation("publish");
  const report = useQuery(reportQuery(owner, name, version));
  if (report.isPending) return <Loading />;
  if (report.isError) return <Failed error={report.error} onRetry={() => void report.refetch()} />;
  const { status, findings } = report.data;
  return (
    <section className={css.part}>
      <Title order={2}>
        {owner}/{name}
      </Title>
      <p className={css.status} role="status" data-status={status}>
        {isMoving(status) ? <Loader size="xs" aria-hidden /> : null} {t(`status_${status}`)}
      </p>
      <Outcome owner={owner} name={name} report={report.data} />
      <CheckList findings={findings} />
      {isMoving(status) ? <Text c="dimmed" size="sm">{t("mayLeave")}</Text> : null}
    </section>
  );
}

function Outcome({ owner, name, report }: { owner: string; name: string; report: Schemas["ReportBody"] }) {
  const { t } = useTranslation("publish");
  const { status, findings } = report;
  if (status === "failed" || status === "quarantined") {
    const fault = findings.find((finding) => finding.verdict === "failed");
    return (
      <>
        <Alert color="red" role="alert" variant="light" title={t("failedTitle")}>
          {fault ? <Reason finding={fault} /> : null}
        </Alert>
        <Button className={css.go} renderRoot={(props) => <Link to="/publish" search={{}} {...props} />}>{t("uploadMended")}</Button>
      </>
    );
  }
  return (
    <>
      {status === "awaiting_consent" ? <Alert color="yellow" variant="light">{t("awaitingText")}</Alert> : null}
      <Listing owner={owner} name={name} passed={status === "passed"} />
    </>
  );
}

function Listing({ owner, name, passed }: { owner: string; name: string; passed: boolean }) {
  const { t } = useTranslation("publish");
  const cache = useQueryClient();
  const path = { owner, name };
  const model = useQuery({ ...modelQuery(path), staleTime: 0 });
  const { refetch } = model;
  useEffect(() => {
    if (passed) void refetch(); // a wish to be listed comes true with the pass
  }, [passed, refetch]);
  const list = useMutation({
    mutationFn: () => ask(api.PATCH("/v1/models/{owner}/{name}", { params: { path }, body: { wanted_listing: "public" } })),
    onSuccess: () => {
      for (const key of [["model", owner, name], ["models"], ["creator"]]) void cache.invalidateQueries({ queryKey: key });
    },
  });
  const listed = model.data?.listing === "public";
  const wanted = model.data?.wanted_listing === "public";
  return (
    <>
      {list.isError ? <Alert color="red" role="alert" variant="light">{asProblem(list.error).shown}</Alert> : null}
      {listed ? <Text>{t("listed")}</Text> : wanted ? <Text>{t("listedSoon")}</Text> : <Text>{t(passed ? "passedText" : "privateYet")}</Text>}
      <div className={css.buttons}>
        {passed ? (
          <Button variant={listed ? "filled" : "default"} renderRoot={(props) => <Link to="/$owner/$name" params={path} {...props} />}>{t("tryIt")}</Button>
        ) : null}
        {listed || wanted || model.data === undefined ? null : (
          <Button variant={passed ? "filled" : "default"} loading={list.isPending} onClick={() => list.mutate()}>
            {t(passed ? "listIt" : "listWhenPassed")}
          </Button>
        )}
        {passed ? (
          <Button variant="default" renderRoot={(props) => <Link to="/dashboard" search={{ model: name }} {...props} />}>{t("toDashboard")}</Button>
        ) : null}
      </div>
    </>
  );
}
