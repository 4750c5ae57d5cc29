import { AnchorLink } from "~/layout/links";
import { When } from "~/format/When";
import css from "./operator.module.css";

interface Props {
  of: { owner: string; name: string; version: string; created_at: string };
}

/** A version as a link to its model. */
export function VersionName({ of }: Props) {
  return (
    <div className={css.name}>
      <AnchorLink to="/$owner/$name" params={{ owner: of.owner, name: of.name }} search={{ tab: "verification" }}>
        {of.owner}/{of.name}
      </AnchorLink>
      <span className={css.digest} title={of.version}>{of.version.slice(0, 12)}</span>
      <span className={css.soft}>
        <When at={of.created_at} />
      </span>
    </div>
  );
}
