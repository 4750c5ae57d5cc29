/** Language and colours: applied here at once, and kept with the account so that they follow its owner to other devices. */
import { useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem } from "~/api/problem";
import { say } from "~/states/notice";
import { chooseLanguage, type Language } from "~/words/words";
import { sessionQuery, type Account } from "./session";

/** Store a change of the own account; every page sees the new one. */
export function useAccountChange() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["AccountChangeBody"]) => ask(api.PATCH("/v1/account", { body })),
    onSuccess: (account) => cache.setQueryData(sessionQuery.queryKey, account),
  });
}

export function useChoices(account: Account | null | undefined) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { mutate } = useAccountChange();
  const store = (change: Schemas["AccountChangeBody"]) => {
    if (account) mutate(change, { onError: (error) => say(asProblem(error).shown, "bad") });
  };
  return {
    theme: colorScheme,
    chooseTheme: (theme: MantineColorScheme) => {
      setColorScheme(theme);
      store({ theme });
    },
    chooseLanguage: (language: Language) => {
      void chooseLanguage(language);
      store({ language });
    },
  };
}

/** After a log-in: what the account chose on another device. "As the device" says nothing, so a choice made here stays. */
export function useKeptChoices(): (account: Account) => Promise<void> {
  const { setColorScheme } = useMantineColorScheme();
  return async ({ language, theme }) => {
    if (theme !== "auto") setColorScheme(theme);
    if (language !== null) await chooseLanguage(language);
  };
}
