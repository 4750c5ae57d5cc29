import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { When } from "~/format/When";
import { AnchorLink } from "~/layout/links";
import { Confirm } from "~/states/Confirm";
import { say } from "~/states/notice";
import { More } from "./More";
import css from "./operator.module.css";
import { reportsQuery, type ReportState } from "./queries";
import { Section } from "./Section";

type Report = Schemas["OperatorReportReply"];
const STATES: readonly ReportState[] = ["open", "closed"];

/** What users reported, to be dismissed or to take the model down. */
export function Reports() {
  const { t } = useTranslation("operator");
  const [state, setState] = useState<ReportState>("open");
  const [unlisted, setUnlisted] = useState<Report | null>(null);
  const reports = useInfiniteQuery(reportsQuery(state));
  const shown = reports.data?.pages.flatMap((page) => page.results) ?? [];
  const close = useClose(() => setUnlisted(null));
  const tools = (
    <SegmentedControl size="xs" aria-label={t("reports")} value={state} onChange={(value) => setState(value as ReportState)}
      data={STATES.map((value) => ({ value, label: t(`reports_${value}`) }))} />
  );
  return (
    <Section title={t("reports")} query={reports} tools={tools}>
      {shown.length === 0 ? <Text c="dimmed">{t(`noReports_${state}`)}</Text> : null}
      <ul className={css.list}>
        {shown.map((report) => (
          <li key={report.id}>
            <ReportFacts report={report} />
            {report.closed_at === null ? (
              <Group gap="xs">
                <Button variant="default" size="xs" loading={close.isPending && close.variables.report.id === report.id}
                  onClick={() => close.mutate({ report, action: "dismiss" })}>
                  {t("dismiss")}
                </Button>
                <Button variant="default" size="xs" onClick={() => setUnlisted(report)}>
                  {t("unlist")}
                </Button>
              </Group>
            ) : null}
          </li>
        ))}
      </ul>
      <More list={reports} />
      {unlisted === null ? null : (
        <Confirm title={t("unlistTitle", { model: `${unlisted.owner}/${unlisted.name}` })} action={t("unlist")} busy={close.isPending}
          onConfirm={() => close.mutate({ report: unlisted, action: "unlist" })} onClose={() => setUnlisted(null)}>
          {t("unlistText")}
        </Confirm>
      )}
    </Section>
  );
}

function useClose(onDone: () => void) {
  const { t } = useTranslation("operator");
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ report, action }: { report: Report; action: Schemas["Action"] }) =>
      ask(api.POST("/v1/operator/reports/{report_id}/close", { params: { path: { report_id: report.id } }, body: { action } })),
    onSuccess: (_closed, { action }) => say(t(`closed_${action}`)),
    onError: (error) => say(asProblem(error).shown, "bad"),
    onSettled: () => {
      onDone();
      return cache.invalidateQueries({ queryKey: ["operator"] });
    },
  });
}

function ReportFacts({ report }: { report: Report }) {
  const { t } = useTranslation("operator");
  return (
    <div>
      <div className={css.name}>
        <AnchorLink to="/$owner/$name" params={{ owner: report.owner, name: report.name }}>
          {report.owner}/{report.name}
        </AnchorLink>
        <strong>{t(`reason_${report.reason}`)}</strong>
        <span className={css.soft}>
          {t("reportedBy", { reporter: report.reporter })} <When at={report.created_at} />
        </span>
        {report.action === null ? null : <span className={css.soft}>{t(`closed_${report.action}`)}</span>}
      </div>
      {report.details === "" ? null : <p className={css.details}>{report.details}</p>}
    </div>
  );
}
