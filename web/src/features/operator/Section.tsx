import { Title } from "@mantine/core";
import { useId, type ReactNode } from "react";
import { Failed, Loading } from "~/states/states";
import css from "./operator.module.css";

interface Props {
  title: string;
  tools?: ReactNode;
  /** What the section shows comes from here; one that fails leaves the others as they are. */
  query: { isPending: boolean; isError: boolean; error: unknown; refetch: () => Promise<unknown> };
  children: ReactNode;
}

/** One part of the page with the states of its own data. */
export function Section({ title, tools, query, children }: Props) {
  const id = useId();
  return (
    <section className={css.section} aria-labelledby={id}>
      <div className={css.head}>
        <Title order={2} id={id}>
          {title}
        </Title>
        {tools}
      </div>
      {query.isPending ? <Loading /> : query.isError ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : children}
    </section>
  );
}
