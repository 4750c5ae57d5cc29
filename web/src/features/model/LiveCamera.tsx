import { Alert, Button, NumberInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, ask, type Schemas } from "~/api/client";
import { asProblem, type Problem } from "~/api/problem";
import { decimal, money } from "~/format/money";
import { Labels, labelsOf } from "~/outputs/Labels";
import { inputOf, type Field, type Values } from "./fields";
import { NoCamera } from "./fields/NoCamera";
import { jpegOf, useCamera } from "./fields/use_camera";
import { dataUrl } from "./files";
import css from "./LiveCamera.module.css";

const FRAME_PX = 320;
const USUAL_FRAMES = 200;
const MOST_FRAMES = 5000;

interface Props {
  model: Schemas["ModelReply"];
  fields: readonly Field[];
  values: Values;
}

/** Names what the camera sees, frame after frame; each frame is a run, so their number is agreed before. */
export default function LiveCamera(props: Props) {
  const { t } = useTranslation("model");
  const [on, setOn] = useState(false);
  const [frames, setFrames] = useState(USUAL_FRAMES);
  const { amount_micros, currency } = props.model.price;
  const cost = amount_micros === 0 ? t("free", { ns: "common" }) : money(amount_micros * frames, currency);
  return (
    <section className={css.live} aria-label={t("live")}>
      <h2>{t("live")}</h2>
      {on ? (
        <LivePicture {...props} frames={frames} onStop={() => setOn(false)} />
      ) : (
        <>
          <p>{t("liveHint")}</p>
          <div className={css.start}>
            <NumberInput label={t("frames")} value={frames} min={1} max={MOST_FRAMES} allowDecimal={false}
              onChange={(next) => setFrames(typeof next === "number" ? next : USUAL_FRAMES)} />
            <Button variant="default" onClick={() => setOn(true)}>
              {t("liveStart", { cost })}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

interface Seen {
  output: unknown;
  done: number;
  rate: number | null;
}

function LivePicture({ model, fields, values, frames, onStop }: Props & { frames: number; onStop: () => void }) {
  const { t } = useTranslation("model");
  const { video, ready, trouble, retry } = useCamera();
  const [seen, setSeen] = useState<Seen>({ output: null, done: 0, rate: null });
  const [problem, setProblem] = useState<Problem | null>(null);
  const newest = useRef({ fields, values });
  useEffect(() => void (newest.current = { fields, values }));
  useEffect(() => {
    if (!ready) return;
    let stopped = false;
    const watch = async () => {
      let done = 0;
      const began = performance.now();
      // one frame at a time, taken when the one before is answered: nothing queues, the newest is what counts
      while (!stopped && done < frames && video.current !== null) {
        const output = await classify(model, video.current, newest.current);
        done += 1;
        const rate = (1000 * done) / (performance.now() - began);
        if (!stopped) setSeen({ output, done, rate });
      }
    };
    watch().catch((error: unknown) => stopped || setProblem(asProblem(error)));
    return () => void (stopped = true);
  }, [ready, frames, model, video]);
  const cost = money(model.price.amount_micros * seen.done, model.price.currency);
  return (
    <>
      {trouble ? <NoCamera trouble={trouble} onRetry={retry} /> : <video ref={video} className={css.video} autoPlay muted playsInline />}
      {problem ? <Alert color="red" role="alert">{problem.shown}</Alert> : null}
      <div className={css.seen} data-testid="live-labels">
        {seen.output === null ? t(ready ? "working" : "cameraAsks") : <Labels groups={labelsOf(seen.output)} value={seen.output} />}
      </div>
      <p className={css.count}>
        {t("liveCount", { done: seen.done, frames, cost })}
        {seen.rate === null ? null : ` · ${t("liveRate", { rate: decimal(seen.rate, 2) })}`}
      </p>
      <Button variant="default" onClick={onStop}>
        {t("stop")}
      </Button>
    </>
  );
}

async function classify(model: Schemas["ModelReply"], video: HTMLVideoElement, form: { fields: readonly Field[]; values: Values }): Promise<unknown> {
  const picture = form.fields.find((field) => field.kind === "image")?.name ?? "image";
  const input = { ...inputOf(form.fields, form.values), [picture]: await dataUrl(await jpegOf(video, FRAME_PX)) };
  const prediction = await ask(
    api.POST("/v1/models/{owner}/{name}/predictions", {
      params: { path: { owner: model.owner, name: model.name }, header: { prefer: "wait=30" } },
      body: { input: input as Record<string, never> },
    }),
  );
  if (prediction.status !== "succeeded") throw new Error(prediction.error ?? prediction.status);
  return prediction.output;
}
