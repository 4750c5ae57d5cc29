import { Tabs as MantineTabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Loading } from "~/states/states";
import css from "../ModelPage.module.css";
import { TABS, type ModelTab } from "../search";

type Props = { model: Schemas["ModelReply"] };

const PANELS: Record<ModelTab, React.ComponentType<Props>> = {
  about: lazy(() => import("./AboutTab")),
  api: lazy(() => import("./ApiTab")),
  verification: lazy(() => import("./VerificationTab")),
  versions: lazy(() => import("./VersionsTab")),
  licence: lazy(() => import("./LicenceTab")),
};

/** Everything else about a model; each part is loaded when it is opened. */
export function Tabs({ model }: Props) {
  const { t } = useTranslation("model");
  const search = useSearch({ from: "/$owner/$name" });
  const navigate = useNavigate({ from: "/$owner/$name" });
  const open = search.tab ?? "about";
  return (
    <MantineTabs id="details" value={open} keepMounted={false}
      onChange={(tab) => void navigate({ search: { ...search, tab: TABS.find((each) => each === tab) ?? "about" }, replace: true, resetScroll: false })}>
      <MantineTabs.List className={css.tabs} aria-label={t("details")}>
        {TABS.map((tab) => (
          <MantineTabs.Tab key={tab} value={tab}>
            {t(`tab_${tab}`)}
          </MantineTabs.Tab>
        ))}
      </MantineTabs.List>
      {TABS.map((tab) => {
        const Panel = PANELS[tab];
        return (
          <MantineTabs.Panel key={tab} value={tab} pt="lg">
            <Suspense fallback={<Loading />}>
              <Panel model={model} />
            </Suspense>
          </MantineTabs.Panel>
        );
      })}
    </MantineTabs>
  );
}
