import { Text, Title } from "@mantine/core";
import { useId, type ReactNode } from "react";
import css from "./account.module.css";

/** One part of the page, which a screen reader can jump to. */
export function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.section} aria-labelledby={id}>
      <div>
        <Title order={2} id={id}>
          {title}
        </Title>
        {about === undefined ? null : <Text c="dimmed">{about}</Text>}
      </div>
      {children}
    </section>
  );
}
