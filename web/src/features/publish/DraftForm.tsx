import { Alert, Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, ask } from "~/api/client";
import { asProblem } from "~/api/problem";
import { walletKey } from "~/layout/TopBar";
import { useAccount } from "~/session/session";
import { say } from "~/states/notice";
import { ManifestEditor } from "./ManifestEditor";
import css from "./Publish.module.css";
import { checkQuery, type Inspection, type ManifestProblem, type Upload } from "./queries";
import { LICENCES, licenceIn, modelName, priceOf, withLicence } from "./rules";

const CHECK_AFTER_MS = 350;
const SHOWN_FIELDS = ["name", "price", "license"];

/** Name, licence, price and manifest; the last is checked while it is written. */
export function DraftForm({ upload, inspection }: { upload: Upload; inspection: Inspection }) {
  const { t } = useTranslation("publish");
  const [yaml, setYaml] = useState(inspection.manifest_yaml);
  const [name, setName] = useState(() => modelName(upload.file_name));
  const [price, setPrice] = useState("");
  const problems = useProblems(yaml, inspection);
  const publish = usePublish(upload.id);
  const problem = publish.isError ? asProblem(publish.error) : null;
  const wrong = (field: string) => (problem?.field === field ? problem.shown : null);
  const currency = useQuery({ queryKey: walletKey, queryFn: () => ask(api.GET("/v1/wallet")) }).data?.currency ?? "";
  const badPrice = price.trim() !== "" && priceOf(price) === null;
  const licence = licenceIn(yaml);
  const licences = [...(licence === "" || LICENCES.some((each) => each === licence) ? [] : [licence]), ...LICENCES];

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (publish.isPending || problems.length > 0 || badPrice) return;
    publish.mutate({ name, yaml, price: priceOf(price) });
  };
  return (
    <form className={css.part} onSubmit={submit}>
      {problem !== null && !SHOWN_FIELDS.includes(problem.field ?? "") ? <Alert color="red" role="alert" variant="light">{problem.shown}</Alert> : null}
      <div className={css.fields}>
        <TextInput label={t("name")} description={t("nameHint")} value={name} required maxLength={64} autoCapitalize="none"
          pattern="[a-z0-9]+(-[a-z0-9]+)*" error={wrong("name")} onChange={(event) => setName(event.currentTarget.value)} />
        <NativeSelect label={t("licence")} description={t("licenceHint")} value={licence} required error={wrong("license")}
          onChange={(event) => setYaml(withLicence(yaml, event.currentTarget.value))}
          data={[...(licence === "" ? [{ value: "", label: t("chooseLicence") }] : []), ...licences]} />
        <TextInput label={t("price", { currency })} description={t("priceHint")} value={price} inputMode="decimal" placeholder="0.00"
          error={badPrice ? t("priceWrong") : wrong("price")} onChange={(event) => setPrice(event.currentTarget.value)} />
      </div>
      <ManifestEditor yaml={yaml} problems={problems} onChange={setYaml} />
      <div className={css.buttons}>
        <Button type="submit" loading={publish.isPending} disabled={problems.length > 0 || badPrice}>
          {t("publishAndVerify")}
        </Button>
        {problems.length > 0 ? <span className={css.soft}>{t("mendFirst", { count: problems.length })}</span> : null}
      </div>
    </form>
  );
}

/** What is wrong now: of the upload itself while the text is as it came, of the text as soon as it was changed. */
function useProblems(yaml: string, inspection: Inspection): readonly ManifestProblem[] {
  const [settled] = useDebouncedValue(yaml, CHECK_AFTER_MS);
  const changed = settled !== inspection.manifest_yaml;
  const check = useQuery({ ...checkQuery(settled), enabled: changed });
  if (!changed || check.data === undefined) return inspection.problems;
  return [...check.data.problems, ...inspection.problems.filter((each) => each.line === null && each.field !== "license" && each.field in inspection.graphs)];
}

function usePublish(upload_id: string) {
  const { t } = useTranslation("publish");
  const navigate = useNavigate();
  const cache = useQueryClient();
  const owner = useAccount()?.username ?? "";
  return useMutation({
    mutationFn: async (draft: { name: string; yaml: string; price: string | null }) => {
      const version = await ask(
        api.POST("/v1/uploads/{upload_id}/publish", { params: { path: { upload_id } }, body: { name: draft.name, manifest_yaml: draft.yaml } }),
      );
      if (draft.price !== null) {
        const path = { owner, name: draft.name };
        await ask(api.PATCH("/v1/models/{owner}/{name}", { params: { path }, body: { price: draft.price } })).catch((error: unknown) =>
          say(t("priceNotSet", { why: asProblem(error).shown }), "bad"),
        );
      }
      return { model: draft.name, version: version.id };
    },
    onSuccess: (search) => {
      void cache.invalidateQueries({ queryKey: ["creator"] });
      void navigate({ to: "/publish", search });
    },
  });
}
