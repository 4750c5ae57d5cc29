import { Button, Slider } from "@mantine/core";
import { useEffect, useRef, useState, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import css from "../InputForm.module.css";
import type { Value } from "../fields";
import { drawStrokes, maskOf, maskSize, type Point, type Size, type Stroke } from "../mask";

const PAINT = "#b93418";
const [THINNEST, USUAL, WIDEST] = [2, 12, 40]; // hundredths of the picture's longer side

interface Props {
  picture: string;
  isPainted: boolean;
  onChange: (value: Value) => void;
}

/** A picture to paint on; what is covered is the mask. */
export default function MaskPainter({ picture, isPainted, onChange }: Props) {
  const { t } = useTranslation("model");
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 1, height: 1 });
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [inverted, setInverted] = useState(false);
  const [brush, setBrush] = useState(USUAL);
  const drawn = useRef<Stroke | null>(null);
  const width_px = (brush / 100) * Math.max(size.width, size.height);

  const turn = useRef(0);

  useEffect(() => redraw(canvas.current, strokes, inverted), [strokes, size, inverted]);
  const finish = async (next: readonly Stroke[], upside: boolean) => {
    setStrokes(next);
    setInverted(upside);
    const mine = ++turn.current;
    const mask = next.length === 0 ? undefined : await maskOf(next, size, upside);
    if (mine === turn.current) onChange(mask); // a stroke that came meanwhile has the whole
  };
  const begin = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drawn.current = { points: [pointOf(event, size)], width_px };
    redraw(canvas.current, [...strokes, drawn.current], inverted);
  };
  const go = (event: PointerEvent<HTMLCanvasElement>) => {
    if (drawn.current === null) return;
    drawn.current = { ...drawn.current, points: [...drawn.current.points, pointOf(event, size)] };
    redraw(canvas.current, [...strokes, drawn.current], inverted);
  };
  const end = () => {
    const stroke = drawn.current;
    drawn.current = null;
    if (stroke !== null) void finish([...strokes, stroke], inverted);
  };
  return (
    <div className={css.painter}>
      <div className={css.easel}>
        <img src={picture} alt={t("chosenPicture")} onLoad={(event) => setSize(maskSize({ width: event.currentTarget.naturalWidth, height: event.currentTarget.naturalHeight }))} />
        <canvas ref={canvas} width={size.width} height={size.height} role="img" aria-label={t(isPainted ? "maskPainted" : "maskEmpty")}
          onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={end} />
      </div>
      <span>{t("maskHint")}</span>
      <div className={css.brush}>
        <span aria-hidden>{t("brush")}</span>
        <Slider label={null} thumbLabel={t("brush")} value={brush} onChange={setBrush} min={THINNEST} max={WIDEST} />
      </div>
      <div className={css.buttons}>
        <Button size="xs" variant="default" disabled={strokes.length === 0} onClick={() => void finish(strokes.slice(0, -1), inverted)}>
          {t("undo")}
        </Button>
        <Button size="xs" variant="default" disabled={strokes.length === 0} aria-pressed={inverted} onClick={() => void finish(strokes, !inverted)}>
          {t("invertMask")}
        </Button>
        <Button size="xs" variant="default" disabled={strokes.length === 0} onClick={() => void finish([], false)}>
          {t("clearMask")}
        </Button>
      </div>
    </div>
  );
}

/** Cover what is painted anew. */
function redraw(canvas: HTMLCanvasElement | null, strokes: readonly Stroke[], inverted: boolean): void {
  const to = canvas?.getContext("2d");
  if (!canvas || !to) return;
  to.clearRect(0, 0, canvas.width, canvas.height);
  if (inverted) {
    to.fillStyle = PAINT;
    to.fillRect(0, 0, canvas.width, canvas.height);
    to.globalCompositeOperation = "destination-out";
  }
  drawStrokes(to, strokes, PAINT);
  to.globalCompositeOperation = "source-over";
}

/** Where a pointer is, in pixels of the mask. */
function pointOf({ currentTarget, clientX, clientY }: PointerEvent<HTMLCanvasElement>, size: Size): Point {
  const shown = currentTarget.getBoundingClientRect();
  return { x: ((clientX - shown.left) / shown.width) * size.width, y: ((clientY - shown.top) / shown.height) * size.height };
}
