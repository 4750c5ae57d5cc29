import { Button, Text } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { bytes } from "~/format/money";
import { When } from "~/format/When";
import { Failed, Loading } from "~/states/states";
import { versionQuery, versionsQuery } from "../queries";
import { lineDiff } from "./line_diff";
import css from "./tabs.module.css";

/** Every version, and how its manifest differs from the one before. */
export default function VersionsTab({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("model");
  const versions = useQuery(versionsQuery(model));
  const [open, setOpen] = useState<string | null>(null);
  if (versions.isPending) return <Loading />;
  if (versions.isError) return <Failed error={versions.error} onRetry={() => void versions.refetch()} />;
  if (versions.data.length === 0) return <Text c="dimmed">{t("noVersion")}</Text>;
  return (
    <div className={css.tab}>
      <ul className={css.versions}>
        {versions.data.map((version, place) => {
          const older = versions.data[place + 1]?.id ?? null;
          return (
            <li key={version.id}>
              <span className={css.digest} title={version.id}>{version.id.slice(0, 12)}</span>
              <When at={version.created_at} />
              <span className={css.soft}>{bytes(version.size_bytes)}</span>
              <span className={css.soft}>{t(`status_${version.status}`)}</span>
              <Button variant="subtle" size="compact-sm" aria-expanded={open === version.id} onClick={() => setOpen(open === version.id ? null : version.id)}>
                {older === null ? t("showManifest") : t("showChanges")}
              </Button>
              {open === version.id ? <Changes model={model} newer={version.id} older={older} /> : null}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Changes({ model, newer, older }: { model: Schemas["ModelReply"]; newer: string; older: string | null }) {
  const { t } = useTranslation("model");
  const found = useQueries({ queries: [newer, ...(older === null ? [] : [older])].map((id) => versionQuery(model, id)) });
  if (found.some((each) => each.isPending)) return <Loading />;
  const [now, before] = found.map((each) => JSON.stringify(each.data?.manifest ?? {}, null, 2));
  return (
    <pre className={css.code} style={{ width: "100%" }} tabIndex={0} aria-label={t("showManifest")}>
      {before === undefined
        ? now
        : lineDiff(before, now ?? "").map((line, place) => (
            <span key={place} className={css.diff} data-kind={line.kind}>
              {{ same: "  ", added: "+ ", removed: "− " }[line.kind] + line.text}
            </span>
          ))}
    </pre>
  );
}
