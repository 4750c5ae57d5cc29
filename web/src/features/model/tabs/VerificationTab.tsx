import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Failed, Loading } from "~/states/states";
import { verificationQuery } from "../queries";
import { CheckList } from "~/outputs/CheckList";
import css from "./tabs.module.css";

const LatencyPlot = lazy(() => import("./LatencyPlot"));
const PerformancePlots = lazy(() => import("./PerformancePlots"));

/** What was checked before the model was listed, and what came out. */
export default function VerificationTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  const version = model.latest_version?.id ?? "";
  const report = useQuery({ ...verificationQuery(model, version), enabled: version !== "" });
  if (version === "") return <Text c="dimmed">{t("noVersion")}</Text>;
  if (report.isPending) return <Loading />;
  if (report.isError) return <Failed error={report.error} onRetry={() => void report.refetch()} />;
  const latencies = report.data.findings.flatMap((finding) => finding.measured["latencies_s"] ?? []).filter((each) => typeof each === "number");
  return (
    <div className={css.tab}>
      <Text>{t("verificationHint", { runtime: report.data.runtime })}</Text>
      <CheckList findings={report.data.findings} />
      {latencies.length > 1 ? (
        <section>
          <h3>{t("latency")}</h3>
          <Suspense fallback={<div className={css.plot} />}>
            <LatencyPlot latencies_s={latencies} />
          </Suspense>
        </section>
      ) : null}
      {report.data.performance ? (
        <Suspense fallback={<div className={css.plot} />}>
          <PerformancePlots performance={report.data.performance} />
        </Suspense>
      ) : null}
    </div>
  );
}
