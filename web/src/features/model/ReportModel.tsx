import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { useAccount } from "~/session/session";
import css from "./ModelPage.module.css";

const ReportDialog = lazy(() => import("~/features/report/ReportDialog"));

/** Lets a visitor who is logged in tell the operators that something is wrong with somebody else's model. */
export function ReportModel({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  const account = useAccount();
  const [open, setOpen] = useState(false);
  if (!account || account.username === model.owner) return null;
  return (
    <footer className={css.footer}>
      <Button variant="subtle" size="compact-sm" color="gray" className={css.report ?? ""} onClick={() => setOpen(true)}>
        {t("report")}
      </Button>
      {open ? (
        <Suspense>
          <ReportDialog title={t("reportTitle", { model: `${model.owner}/${model.name}` })} onClose={() => setOpen(false)}
            send={(body) => ask(api.POST("/v1/models/{owner}/{name}/reports", { params: { path: { owner: model.owner, name: model.name } }, body }))} />
        </Suspense>
      ) : null}
    </footer>
  );
}
