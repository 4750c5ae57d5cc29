import { Alert, Progress as ProgressBar, Text, VisuallyHidden } from "@mantine/core";
import { lazy, Suspense, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "~/api/client";
import type { Problem } from "~/api/problem";
import { seconds } from "~/format/money";
import { AnchorLink } from "~/layout/links";
import { OutputView, picturesIn } from "~/outputs/OutputView";
import { Picture } from "~/outputs/Picture";
import { smallOf } from "~/outputs/small";
import type { Field, Value } from "./fields";
import { usePicture } from "./fields/use_picture";
import css from "./ModelPage.module.css";
import type { Run } from "./use_run";

const Compare = lazy(() => import("./Compare"));
const Receipt = lazy(() => import("./loras/Receipt"));
const ResultActions = lazy(() => import("./ResultActions"));

interface Props {
  model: Schemas["ModelReply"];
  run: Run;
  fields: readonly Field[];
  input: Record<string, unknown>;
  example: Schemas["ItemReply"] | null;
  problem: Problem | null;
  onUse: (name: string, value: Value) => void;
}

/** Where the result stands: an example before the first run, the work in progress, the output, or why there is none. */
export function Stage({ model, run, fields, input, example, problem, onUse }: Props) {
  const { t } = useTranslation("model");
  const alt = t("outputOf", { model: `${model.owner}/${model.name}` });
  return (
    <>
      <div className={css.frame} aria-busy={run.state === "running"}>
        <div>{inside()}</div>
        {run.state === "running" ? <Working run={run} /> : null}
      </div>
      <VisuallyHidden role="status" aria-live="polite">
        {run.state === "running" ? t("working") : run.state === "ended" ? t(`ended_${run.prediction.status}`) : ""}
      </VisuallyHidden>
      {run.state === "ended" && run.prediction.status === "succeeded" ? (
        <Suspense fallback={<div className={css.actions} />}>
          <ResultActions model={model} prediction={run.prediction} fields={fields} onUse={onUse} />
        </Suspense>
      ) : null}
      {run.state === "ended" ? <HowItWent prediction={run.prediction} /> : null}
      {run.state === "ended" && (model.base || run.prediction.loras.length > 0) ? (
        <Suspense>
          <Receipt id={run.prediction.id} currency={model.price.currency} />
        </Suspense>
      ) : null}
      {run.state === "idle" && example ? <Text className={css.said}>{t("exampleHint")}</Text> : null}
    </>
  );

  function inside() {
    if (problem) return <Refusal problem={problem} />;
    if (run.state === "running") {
      if (run.progress?.preview) return <img className={css.preview} src={run.progress.preview} alt={t("preview")} />;
      return <Text className={css.said}>{run.id === null ? t("sending") : t("working")}</Text>;
    }
    if (run.state === "ended" && run.prediction.status === "succeeded") {
      return <Before model={model} fields={fields} input={run.prediction.input} made output={run.prediction.output} ratio={ratioOf(run.prediction.files[0])} alt={alt} />;
    }
    if (run.state === "ended") {
      return <Alert color="red" title={t(`ended_${run.prediction.status}`)}>{run.prediction.error ?? t("costNothing")}</Alert>;
    }
    if (example) return <Before model={model} fields={fields} input={input} output={example.output.url ?? example.output.value} ratio={ratioOf(example.output)} small={smallOf(example.output.thumbnails)} alt={alt} />;
    return <Text className={css.said}>{t("nothingYet")}</Text>;
  }
}

interface BeforeProps extends Pick<Props, "model" | "fields" | "input"> {
  output: unknown;
  ratio: number | undefined;
  /** Of what is only looked at; a result is shown as it is, since one keeps it. */
  small?: string | undefined;
  alt: string;
  /** Whether the output was made from this very input. */
  made?: boolean;
}

/** A picture that was made out of another is compared with it, what was read in one stands beside it; everything else is shown as it is. */
function Before({ model, fields, input, output, ratio, small, alt, made = false }: BeforeProps) {
  const { t } = useTranslation("model");
  const source = fields.find((field) => field.kind === "image");
  const before = usePicture(source ? (input[source.name] as Value) : undefined);
  const after = picturesIn(output)[0];
  const paintedOver = model.pipeline === "text-to-image" && made && before !== null;
  if ((model.pipeline === "image-to-image" || paintedOver) && after) {
    const alone = <Picture small={small} src={after} alt={alt} />;
    return (
      <div className={css.compare} style={{ "--ratio": ratio } as CSSProperties}>
        {before ? <Suspense fallback={alone}><Compare before={before} after={after} small={small} alt={alt} /></Suspense> : alone}
      </div>
    );
  }
  if (model.pipeline === "image-to-label" && before) {
    return (
      <div className={css.read}>
        <img src={before} alt={t("before")} />
        <OutputView output={output} alt={alt} />
      </div>
    );
  }
  return <OutputView output={output} ratio={ratio} small={small} alt={alt} />;
}

/** Width by height, where the server knows them: the place of a picture is kept before it is there. */
const ratioOf = (picture: { width_px?: number | null; height_px?: number | null } | undefined) =>
  picture?.width_px && picture.height_px ? picture.width_px / picture.height_px : undefined;

function Working({ run }: { run: Extract<Run, { state: "running" }> }) {
  const { t } = useTranslation("model");
  const { progress } = run;
  const share = progress && progress.steps > 0 ? (100 * progress.step) / progress.steps : null;
  return (
    <div className={css.progress}>
      <ProgressBar value={share ?? 100} animated={share === null} color="vermilion.6" radius={0} size="sm" aria-label={t("progress")} />
    </div>
  );
}

function Refusal({ problem }: { problem: Problem }) {
  const { t } = useTranslation("model");
  return (
    <Alert color="red" role="alert">
      {problem.shown}
      {problem.status === 402 ? (
        <p>
          <AnchorLink to="/wallet">{t("toWallet")}</AnchorLink>
        </p>
      ) : null}
    </Alert>
  );
}

function HowItWent({ prediction }: { prediction: Schemas["PredictionReply"] }) {
  const { t } = useTranslation("model");
  const time_s = prediction.metrics["predict_time"];
  return (
    <Text className={css.said}>
      {typeof time_s === "number" ? t("took", { time: seconds(time_s) }) : null}
      {prediction.status === "succeeded" ? null : ` ${t("costNothing")}`}
    </Text>
  );
}
