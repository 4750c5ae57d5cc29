import { Button, SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Icon } from "~/layout/icons";
import { AnchorLink } from "~/layout/links";
import { say } from "~/states/notice";
import { useShownInputs } from "../shown_inputs";
import { CODE_KINDS, codeOf, type CodeKind } from "./code";
import css from "./tabs.module.css";

const NAMES = { curl: "curl", python: "Python", replicate: "replicate" } as const;

/** The form's inputs as code. */
export default function ApiTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  const asked = useShownInputs();
  const [kind, setKind] = useState<CodeKind>("curl");
  const version = model.latest_version?.id ?? null;
  const code = codeOf(kind, { url: window.location.origin, model: `${model.owner}/${model.name}`, version, ...asked });
  const copy = () => void navigator.clipboard.writeText(code).then(() => say(t("copied", { ns: "common" })));
  return (
    <div className={css.tab}>
      <Text>
        {t("apiHint")} <AnchorLink to="/account">{t("apiKeys")}</AnchorLink>
      </Text>
      <div className={css.codeBar}>
        <SegmentedControl aria-label={t("tab_api")} value={kind} onChange={(next) => setKind(next as CodeKind)}
          data={CODE_KINDS.map((each) => ({ value: each, label: NAMES[each] }))} />
        <Button variant="default" size="xs" leftSection={<Icon name="copy" size={16} />} onClick={copy}>
          {t("copy", { ns: "common" })}
        </Button>
      </div>
      <pre className={css.code} tabIndex={0} aria-label={NAMES[kind]}>
        {code}
      </pre>
    </div>
  );
}
