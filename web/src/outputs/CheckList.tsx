import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { Icon } from "~/layout/icons";
import css from "~/features/model/tabs/tabs.module.css";
import { withUnit } from "./finding";
import { Reason } from "./Reason";

const LONG_LETTERS = 24;

/** The findings of a verification, one below the other. */
export function CheckList({ findings }: { findings: readonly Schemas["FindingBody"][] }) {
  const { t } = useTranslation("common");
  return (
    <ul className={css.checks}>
      {findings.map((finding) => (
        <li key={finding.check} className={css.check}>
          <span className={css.sign} data-verdict={finding.verdict}>
            <Icon name={finding.verdict === "passed" ? "check" : finding.verdict === "skipped" ? "menu" : "warning"} />
          </span>
          <div>
            <h3>
              {t(`check_${finding.check}`, { defaultValue: finding.check })} · {t(`verdict_${finding.verdict}`)}
            </h3>
            <Reason finding={finding} />
            <Measured measured={finding.measured} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Measured({ measured }: { measured: Readonly<Record<string, unknown>> }) {
  const { t } = useTranslation("common");
  const facts = Object.entries(measured).filter(([, value]) => ["number", "boolean", "string"].includes(typeof value));
  if (facts.length === 0) return null;
  return (
    <dl className={css.measured}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`measured_${name}`, { defaultValue: name.replace(/_(s|bytes)$/, "").replaceAll("_", " ") })}</dt>
          <dd>{typeof value === "boolean" ? t(value ? "yes" : "no") : shortened(withUnit(name, value))}</dd>
        </div>
      ))}
    </dl>
  );
}

const shortened = (text: string): string => (text.length > LONG_LETTERS ? `${text.slice(0, 12)}…` : text);
