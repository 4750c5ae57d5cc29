/** What one does with predictions of one's own: stop, delete, take home. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { askAnew } from "~/api/queries";
import { walletKey } from "~/layout/TopBar";
import { say } from "~/states/notice";
import { predictionsKey } from "./queries";

const complain = (error: unknown) => say(asProblem(error).shown, "bad");

export function useCancel() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (prediction_id: string) => ask(api.POST("/v1/predictions/{prediction_id}/cancel", { params: { path: { prediction_id } } })),
    onError: complain,
    onSettled: async () => {
      await askAnew(cache, predictionsKey);
      await cache.invalidateQueries({ queryKey: walletKey });
    },
  });
}

/** Deletes one after the other; what was deleted before a failure stays deleted. */
export function useDelete() {
  const { t } = useTranslation("library");
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly string[]) => {
      for (const prediction_id of ids) await ask(api.DELETE("/v1/predictions/{prediction_id}", { params: { path: { prediction_id } } }));
    },
    onSuccess: (_nothing, ids) => say(t("deleted", { count: ids.length })),
    onError: complain,
    onSettled: () => askAnew(cache, predictionsKey),
  });
}

const ARCHIVE = "predictions.zip";

export function useArchive() {
  return useMutation({
    mutationFn: async (ids: readonly string[]) => {
      const zip = await ask(api.POST("/v1/predictions/archive", { body: { ids: [...ids] }, parseAs: "blob" }));
      keep(zip as Blob, ARCHIVE);
    },
    onError: complain,
  });
}

const KEPT_MS = 60_000; // the browser reads it after the click, at its own time

function keep(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
