import { SegmentedControl, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { CheckList } from "~/outputs/CheckList";
import { More } from "./More";
import css from "./operator.module.css";
import { troubledQuery } from "./queries";
import { Section } from "./Section";
import { VersionName } from "./VersionName";

type Shown = Exclude<Schemas["TroubledStatus"], "awaiting_consent">; // those have a section of their own
const SHOWN: readonly Shown[] = ["failed", "quarantined"];

/** Versions that did not pass, with the checks that stopped them. */
export function Troubled() {
  const { t } = useTranslation("operator");
  const [status, setStatus] = useState<Shown>("failed");
  const troubled = useInfiniteQuery(troubledQuery(status));
  const versions = troubled.data?.pages.flatMap((page) => page.results) ?? [];
  const tools = (
    <SegmentedControl size="xs" aria-label={t("troubled")} value={status} onChange={(value) => setStatus(value as Shown)}
      data={SHOWN.map((value) => ({ value, label: t(`count_${value}`) }))} />
  );
  return (
    <Section title={t("troubled")} query={troubled} tools={tools}>
      {versions.length === 0 ? <Text c="dimmed">{t(`no_${status}`)}</Text> : null}
      <ul className={css.list}>
        {versions.map((version) => (
          <li key={`${version.owner}/${version.name}/${version.version}`} className={css.tall}>
            <VersionName of={version} />
            <CheckList findings={version.failures} />
          </li>
        ))}
      </ul>
      <More list={troubled} />
    </Section>
  );
}
