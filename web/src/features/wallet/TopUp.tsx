import { Alert, Button, Chip, NumberInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, idempotencyKey } from "~/api/client";
import { asProblem } from "~/api/problem";
import { money } from "~/format/money";
import { walletKey } from "~/layout/TopBar";
import { say } from "~/states/notice";
import css from "./WalletPage.module.css";

const MICROS = 1_000_000;
const OFFERED = [5, 10, 20, 50];

/** Buys credits; a wish that is sent again after a lost connection is paid once. */
export function TopUp({ currency }: { currency: string }) {
  const { t } = useTranslation("wallet");
  const cache = useQueryClient();
  const [amount, setAmount] = useState<number | string>(10);
  const wish = useRef({ micros: 0, key: "" });
  const micros = typeof amount === "number" ? Math.round(amount * MICROS) : 0;
  const topUp = useMutation({
    mutationFn: (amount_micros: number) => {
      if (wish.current.micros !== amount_micros) wish.current = { micros: amount_micros, key: idempotencyKey() };
      return ask(api.POST("/v1/wallet/top-ups", { params: { header: { "idempotency-key": wish.current.key } }, body: { amount_micros } }));
    },
    onSuccess: ({ status, amount: paid }) => {
      wish.current = { micros: 0, key: "" };
      say(t(`topUp_${status}`, { amount: money(paid.micros, paid.currency) }), status === "failed" ? "bad" : "good");
      return cache.invalidateQueries({ queryKey: walletKey });
    },
    onError: (error) => {
      if (asProblem(error).status !== 0) wish.current = { micros: 0, key: "" }; // it was refused: the next try is another wish
    },
  });
  const problem = topUp.isError ? asProblem(topUp.error) : null;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (micros > 0 && !topUp.isPending) topUp.mutate(micros);
  };
  return (
    <form className={css.topUp} onSubmit={submit} aria-labelledby="top-up">
      <h2 id="top-up" className={css.heading}>
        {t("topUp")}
      </h2>
      <div className={css.offers} role="group" aria-label={t("offers")}>
        {OFFERED.map((offer) => (
          <Chip key={offer} size="xs" variant="outline" checked={amount === offer} onChange={() => setAmount(offer)}>
            {money(offer * MICROS, currency)}
          </Chip>
        ))}
      </div>
      <NumberInput label={t("amount", { currency })} value={amount} onChange={setAmount} min={0} decimalScale={2} allowNegative={false}
        hideControls required error={problem?.field === "amount_micros" ? problem.shown : null} />
      {problem && problem.field !== "amount_micros" ? (
        <Alert color="red" role="alert" variant="light">
          {problem.shown}
        </Alert>
      ) : null}
      <Button type="submit" loading={topUp.isPending} disabled={micros === 0}>
        {micros > 0 ? t("topUpBy", { amount: money(micros, currency) }) : t("topUp")}
      </Button>
    </form>
  );
}
