import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import { bytes, count } from "~/format/money";
import { Icon } from "~/layout/icons";
import { Books } from "./Books";
import css from "./operator.module.css";
import { overviewQuery } from "./queries";
import { Section } from "./Section";

export function Overview() {
  const { t } = useTranslation("operator");
  const overview = useQuery(overviewQuery);
  return (
    <Section title={t("overview")} query={overview}>
      {overview.data ? <Cards overview={overview.data} /> : null}
    </Section>
  );
}

function Cards({ overview }: { overview: Schemas["OverviewReply"] }) {
  const { t } = useTranslation("operator");
  const { users, models, versions, predictions_24h: runs, queue, storage } = overview;
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).map(([name, number]): Fact => [t(`count_${name}`, { defaultValue: name.replaceAll("_", " ") }), count(number)]);
  return (
    <div className={css.cards}>
      <Card title={t("users")} facts={counted({ ...users })} />
      <Card title={t("models")} facts={counted(models)} />
      <Card title={t("versions")} facts={counted(versions)} />
      <Card title={t("runs24h")} facts={counted(runs)} />
      <Card title={t("queue")} facts={counted({ queue_waiting: queue.waiting, queue_running: queue.running, queue_failed: queue.failed })} />
      <Card
        title={t("storage")}
        facts={(["bundle_bytes", "input_file_bytes", "upload_bytes", "disk_free_bytes", "disk_total_bytes"] as const).map((name) => [t(name), bytes(storage[name])])}
      />
      <Books books={overview.books} />
      <Fleet fleet={overview.fleet} />
    </div>
  );
}

type Fact = readonly [name: string, value: string];

function Card({ title, facts }: { title: string; facts: readonly Fact[] }) {
  const { t } = useTranslation("operator");
  return (
    <div className={css.card}>
      <h3>{title}</h3>
      {facts.length === 0 ? <Text c="dimmed">{t("none")}</Text> : (
        <dl className={css.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Fleet({ fleet }: { fleet: Schemas["FleetReply"] }) {
  const { t } = useTranslation("operator");
  const protection = (line: string) => {
    const [guarantee = "", by = ""] = line.split(/: (.*)/s);
    const means = by.split(" and ").map((each) => t(`by_${each}`, { defaultValue: each }));
    return `${t(`guarantee_${guarantee}`, { defaultValue: guarantee })}: ${means.join(", ")}`;
  };
  return (
    <div className={css.card}>
      <h3>{t("fleet")}</h3>
      <ul className={css.signs}>
        {fleet.workers.map((worker) => (
          <Sign key={worker.index} good={worker.alive}>
            {t(worker.alive ? "workerAlive" : "workerDown", { index: worker.index + 1 })}
            <span className={css.soft}>
              {t("workerFacts", { running: worker.running, waiting: worker.waiting, restarts: worker.restarts, memory: bytes(worker.memory_bytes) })}
            </span>
          </Sign>
        ))}
      </ul>
      {fleet.workers.length === 0 ? <Text c="dimmed">{t("noWorkers")}</Text> : null}
      {fleet.waiting > 0 ? <Text className={css.soft}>{t("runsWaiting", { runs: fleet.waiting })}</Text> : null}
      <h4>{t("protections")}</h4>
      <ul className={css.signs}>
        {fleet.protections.map((line) => <Sign key={line} good>{protection(line)}</Sign>)}
        {fleet.missing.map((line) => <Sign key={line} good={false}>{t("missing", { line })}</Sign>)}
      </ul>
    </div>
  );
}

function Sign({ good, children }: { good: boolean; children: ReactNode }) {
  return (
    <li>
      <span className={css.sign} data-good={good}>
        <Icon name={good ? "check" : "warning"} size={16} />
      </span>
      <div>{children}</div>
    </li>
  );
}
