import { Button, Group, SegmentedControl, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { shownAddress } from "~/api/own_address";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
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

/** What ends a report with something done: the model is unlisted, or the item hidden. */
const remedyOf = ({ about }: Report): "unlist" | "hide" => (about === "model" ? "unlist" : "hide");

/** What users reported, to be dismissed or to be taken down. */
export function Reports() {
  const { t } = useTranslation("operator");
  const [state, setState] = useState<ReportState>("open");
  const [doomed, setDoomed] = useState<Report | null>(null);
  const reports = useInfiniteQuery(reportsQuery(state));
  const shown = reports.data?.pages.flatMap((page) => page.results) ?? [];
  const close = useClose(() => setDoomed(null));
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
                {report.about === "item" && report.item === null ? null : (
                  <Button variant="default" size="xs" onClick={() => setDoomed(report)}>
                    {t(remedyOf(report))}
                  </Button>
                )}
              </Group>
            ) : null}
          </li>
        ))}
      </ul>
      <More list={reports} />
      {doomed === null ? null : (
        <Confirm title={t(`${remedyOf(doomed)}Title`, { what: nameOf(doomed) })} action={t(remedyOf(doomed))} busy={close.isPending}
          onConfirm={() => close.mutate({ report: doomed, action: remedyOf(doomed) })} onClose={() => setDoomed(null)}>
          {t(`${remedyOf(doomed)}Text`)}
        </Confirm>
      )}
    </Section>
  );
}

/** A model by its two names, an item by its title and whose it is. */
const nameOf = ({ owner, name, shown }: Report): string => (name === null ? `${shown?.title ?? ""} (${owner})`.trim() : `${owner}/${name}`);

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
      return askAnew(cache, ["operator"]);
    },
  });
}

function ReportFacts({ report }: { report: Report }) {
  const { t } = useTranslation("operator");
  return (
    <div className={css.reported}>
      {report.shown ? <img className={css.thumb} src={shownAddress(report.shown.thumbnail_url)} alt="" width={72} height={72} loading="lazy" /> : null}
      <div>
        <div className={css.name}>
          <Reported report={report} />
          <strong>{t(`reason_${report.reason}`)}</strong>
          <span className={css.soft}>
            {t("reportedBy", { reporter: report.reporter })} <When at={report.created_at} />
          </span>
          {report.action === null ? null : <span className={css.soft}>{t(`closed_${report.action}`)}</span>}
        </div>
        {report.details === "" ? null : <p className={css.details}>{report.details}</p>}
      </div>
    </div>
  );
}

/** What is reported, with the way to it. */
function Reported({ report }: { report: Report }) {
  const { t } = useTranslation("operator");
  if (report.name !== null) {
    return (
      <AnchorLink to="/$owner/$name" params={{ owner: report.owner, name: report.name }}>
        {nameOf(report)}
      </AnchorLink>
    );
  }
  if (report.item === null) return <span>{t("itemGone", { owner: report.owner })}</span>;
  return (
    <AnchorLink to="/gallery/$id" params={{ id: report.item }}>
      {t("itemOf", { title: report.shown?.title || t("untitled"), owner: report.owner })}
    </AnchorLink>
  );
}
