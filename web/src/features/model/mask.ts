/** Strokes of a brush over a picture, in the picture's own pixels, and the mask that they make. */

export interface Point {
  x: number;
  y: number;
}

export interface Stroke {
  points: readonly Point[];
  width_px: number;
}

export interface Size {
  width: number;
  height: number;
}

const LONGEST_PX = 1024;

/** The size of a mask: the picture's, or its shape in fewer pixels, since a brush is blunt. */
export function maskSize({ width, height }: Size): Size {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Draw strokes in one colour; a stroke of one point is a dot. */
export function drawStrokes(to: CanvasRenderingContext2D, strokes: readonly Stroke[], colour: string): void {
  to.strokeStyle = colour;
  to.lineCap = "round";
  to.lineJoin = "round";
  for (const { points, width_px } of strokes) {
    const first = points[0];
    if (first === undefined) continue;
    to.lineWidth = width_px;
    to.beginPath();
    to.moveTo(first.x, first.y);
    for (const { x, y } of points.length > 1 ? points.slice(1) : [first]) to.lineTo(x, y);
    to.stroke();
  }
}

/** White where it is painted anew, black elsewhere; with `inverted` the other way round. */
export function maskOf(strokes: readonly Stroke[], size: Size, inverted: boolean): Promise<File> {
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const to = canvas.getContext("2d");
  if (to !== null) {
    to.fillStyle = inverted ? "white" : "black";
    to.fillRect(0, 0, size.width, size.height);
    drawStrokes(to, strokes, inverted ? "black" : "white");
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(new File([blob], "mask.png", { type: "image/png" })) : reject(new Error("the mask is empty"))), "image/png");
  });
}
