import { ActionIcon } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Account } from "~/session/session";
import { Icon } from "./icons";

const load = () => import("./YourMenu");
const YourMenu = lazy(load);

/** Opens the visitor's menu, which is loaded when a pointer or the focus comes near. */
export function MenuButton({ account }: { account: Account | null }) {
  const { t } = useTranslation("common");
  const [wanted, setWanted] = useState(false);
  const button = (
    <ActionIcon variant="subtle" size="lg" aria-label={t("yourMenu")} aria-haspopup="menu">
      <Icon name={account ? "account" : "menu"} />
    </ActionIcon>
  );
  const waiting = (
    <div onPointerEnter={() => void load()} onFocus={() => void load()} onClick={() => setWanted(true)}>
      {button}
    </div>
  );
  if (!wanted) return waiting;
  return (
    <Suspense fallback={button}>
      <YourMenu account={account} button={button} />
    </Suspense>
  );
}
