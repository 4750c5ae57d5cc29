import { Text, Title } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useAccount } from "~/session/session";
import { Loading } from "~/states/states";
import { BecomeCreator } from "./BecomeCreator";
import { ChooseFile } from "./ChooseFile";
import { Draft } from "./Draft";
import css from "./Publish.module.css";
import { Verifying } from "./Verifying";

const STEPS = ["file", "describe", "verify"] as const;

/** A model from a file to the list, in three steps; the address says which. */
export function PublishPage() {
  const { t } = useTranslation("publish");
  const account = useAccount();
  const { upload, model, version } = useSearch({ from: "/publish" });
  if (!account) return <Loading />;
  const creator = account.roles.includes("creator");
  const step = model !== undefined && version !== undefined ? 2 : upload !== undefined ? 1 : 0;
  return (
    <article className={css.page}>
      <header className={css.head}>
        <Title order={1}>{t("title")}</Title>
        <Text>{t("lead")}</Text>
      </header>
      {creator ? (
        <ol className={css.steps}>
          {STEPS.map((each, place) => (
            <li key={each} aria-current={place === step ? "step" : undefined}>
              {t(`step_${each}`)}
            </li>
          ))}
        </ol>
      ) : null}
      {!creator ? (
        <BecomeCreator />
      ) : model !== undefined && version !== undefined ? (
        <Verifying owner={account.username} name={model} version={version} />
      ) : upload !== undefined ? (
        <Draft key={upload} id={upload} />
      ) : (
        <ChooseFile />
      )}
    </article>
  );
}
