import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { readFinding } from "./finding";

/** What a check found and how to mend it, in the visitor's language. */
export function Reason({ finding }: { finding: Schemas["FindingBody"] }) {
  const { t } = useTranslation("findings");
  const { reason, details, advice } = readFinding(finding, (keys, values) => t([...keys], { ...values, defaultValue: "" }));
  return (
    <>
      <p>{reason}</p>
      {details.length > 0 ? (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      ) : null}
      {advice ? <p>{advice}</p> : null}
    </>
  );
}
