import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { useAccount } from "~/session/session";
import css from "./ItemPage.module.css";
import type { Item } from "./queries";
import { titleOf } from "./titles";

const ReportDialog = lazy(() => import("~/features/report/ReportDialog"));

/** Lets a visitor who is logged in tell the operators that something is wrong with what somebody else put there. */
export function ReportItem({ item }: { item: Item }) {
  const { t } = useTranslation("gallery");
  const account = useAccount();
  const [open, setOpen] = useState(false);
  if (!account || item.mine) return null;
  return (
    <>
      <Button variant="subtle" size="compact-sm" color="gray" className={css.report ?? ""} onClick={() => setOpen(true)}>
        {t("report")}
      </Button>
      {open ? (
        <Suspense>
          <ReportDialog title={t("reportTitle", { title: titleOf(item, t) })} onClose={() => setOpen(false)}
            send={(body) => ask(api.POST("/v1/gallery/items/{item_id}/report", { params: { path: { item_id: item.id } }, body }))} />
        </Suspense>
      ) : null}
    </>
  );
}
