/** What a page shows when it has nothing, nothing yet, or a problem. */
import { Button, Loader, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "~/api/problem";
import css from "./states.module.css";

export function Loading() {
  const { t } = useTranslation("common");
  return (
    <div className={css.loading} role="status">
      <Loader size="sm" aria-hidden />
      <span>{t("loading")}</span>
    </div>
  );
}

interface EmptyProps {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <section className={css.state}>
      <Title order={2}>{title}</Title>
      {children === undefined ? null : <Text c="dimmed">{children}</Text>}
      {action}
    </section>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation("common");
  return (
    <section className={css.state} role="alert">
      <Title order={2}>{t("failedTitle")}</Title>
      <Text>{asProblem(error).shown}</Text>
      {onRetry ? (
        <Button variant="default" onClick={onRetry}>
          {t("tryAgain")}
        </Button>
      ) : null}
    </section>
  );
}
