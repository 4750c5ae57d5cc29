import { Tabs as MantineTabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Fragment, lazy, startTransition, Suspense, useOptimistic } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Loading } from "~/states/states";
import css from "../ModelPage.module.css";
import { TABS, type ModelTab } from "../search";
import { InView } from "./InView";

type Props = { model: Schemas["ModelReply"] };

const PANELS: Record<ModelTab, React.ComponentType<Props>> = {
  about: lazy(() => import("./AboutTab")),
  api: lazy(() => import("./ApiTab")),
  verification: lazy(() => import("./VerificationTab")),
  versions: lazy(() => import("./VersionsTab")),
  licence: lazy(() => import("./LicenceTab")),
};

const nextPaint = () => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));

/** Everything else about a model; each part is loaded when it is opened. */
export function Tabs({ model }: Props) {
  const { t } = useTranslation("model");
  const search = useSearch({ from: "/$owner/$name" });
  const navigate = useNavigate({ from: "/$owner/$name" });
  const [open, showOpen] = useOptimistic(search.tab ?? "about");
  const choose = (tab: ModelTab) =>
    startTransition(async () => {
      showOpen(tab); // the tab answers at once, the address follows
      await nextPaint();
      await navigate({ search: { ...search, tab }, replace: true, resetScroll: false });
    });
  return (
    <MantineTabs id="details" value={open} keepMounted={false}
      onChange={(tab) => choose(TABS.find((each) => each === tab) ?? "about")}>
      <MantineTabs.List className={css.tabs} aria-label={t("details")}>
        {TABS.map((tab) => (
          <MantineTabs.Tab key={tab} value={tab}>
            {t(`tab_${tab}`)}
          </MantineTabs.Tab>
        ))}
      </MantineTabs.List>
      {TABS.map((tab) => {
        const Panel = PANELS[tab];
        const Arriving = search.tab === undefined ? InView : Fragment;
        return (
          <MantineTabs.Panel key={tab} value={tab} pt="lg">
            <Arriving>
              <Suspense fallback={<Loading />}>
                <Panel model={model} />
              </Suspense>
            </Arriving>
          </MantineTabs.Panel>
        );
      })}
    </MantineTabs>
  );
}
