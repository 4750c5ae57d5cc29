import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { priceOf } from "~/features/publish/rules";
import { say } from "~/states/notice";
import css from "./Dashboard.module.css";

const LISTINGS = ["private", "unlisted", "public"] as const;

/** Who finds the model and what a run costs; both are changed here. */
export function Terms({ model }: { model: Schemas["ModelReply"] }) {
  const { t } = useTranslation("dashboard");
  const cache = useQueryClient();
  const [price, setPrice] = useState(model.price.amount);
  const { owner, name } = model;
  const change = useMutation({
    mutationFn: (body: Schemas["ModelChangeBody"]) => ask(api.PATCH("/v1/models/{owner}/{name}", { params: { path: { owner, name } }, body })),
    onSuccess: () => {
      for (const key of [["model", owner, name], ["models"], ["prices", owner, name], ["creator"]]) void cache.invalidateQueries({ queryKey: key });
      say(t("saved"));
    },
  });
  const problem = change.isError ? asProblem(change.error) : null;
  const ofPrice = problem !== null && change.variables?.price != null;
  const listing = LISTINGS.find((each) => each === model.wanted_listing) ?? model.listing;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const amount = priceOf(price);
    if (amount !== null && !change.isPending) change.mutate({ price: amount });
  };
  return (
    <div className={css.terms}>
      <NativeSelect label={t("visibility")} value={listing} disabled={change.isPending}
        description={model.wanted_listing && model.wanted_listing !== model.listing ? t("oncePassed") : t(`hint_${listing}`)}
        error={problem !== null && !ofPrice ? problem.shown : null}
        data={LISTINGS.map((each) => ({ value: each, label: t(`listing_${each}`) }))}
        onChange={(event) => {
          const wanted = LISTINGS.find((each) => each === event.currentTarget.value);
          if (wanted) change.mutate({ wanted_listing: wanted });
        }} />
      <form className={css.price} onSubmit={submit}>
        <TextInput label={t("price", { currency: model.price.currency })} description={t("priceHint")} value={price} inputMode="decimal" required
          error={priceOf(price) === null ? t("priceWrong") : ofPrice ? problem.shown : null}
          onChange={(event) => setPrice(event.currentTarget.value)} />
        <Button type="submit" variant="default" loading={change.isPending} disabled={priceOf(price) === null}>
          {t("changePrice")}
        </Button>
      </form>
    </div>
  );
}
