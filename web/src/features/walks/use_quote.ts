/** What the walk on the page would cost, asked anew when it changes. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDebouncedValue } from "@mantine/hooks";
import { asProblem } from "~/api/problem";
import { useAccount } from "~/session/session";
import { bodyOf, gaps, type Composition } from "./composition";
import { quoteWalk, withPictures } from "./queries";
import type { Plan } from "./walkable";

const PAUSE_MS = 400;

export function useQuote(model: string, plan: Plan, composition: Composition) {
  const account = useAccount();
  const [settled] = useDebouncedValue(composition, PAUSE_MS);
  const whole = gaps(plan, settled).length === 0;
  const body = bodyOf(model, plan, { ...settled, title: "" });
  const quote = useQuery({
    queryKey: ["walks", "quote", JSON.stringify(body, (_name, value: unknown) => (value instanceof File ? [value.name, value.size, value.lastModified] : value))],
    queryFn: async ({ signal }) => quoteWalk(await withPictures(body), signal),
    enabled: whole && Boolean(account),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const refusal = quote.isError && whole ? asProblem(quote.error) : null;
  return {
    quote: whole && !quote.isError ? (quote.data ?? null) : null,
    refusal: settled === composition ? refusal : null,
    whole,
    asking: quote.isFetching || settled !== composition,
  };
}
