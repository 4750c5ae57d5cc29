/** Which tiles of a wall stand in rows that are full, so that no tile moves when the next page arrives. */

interface Wall {
  widthPx: number;
  rowPx: number;
  gapPx: number;
}

/** Count the tiles of all rows but the last, broken as flexbox breaks them; of a wall with one row, all of them. */
export function countInFullRows(ratios: readonly number[], { widthPx, rowPx, gapPx }: Wall): number {
  let usedPx = 0;
  let rowBegan = 0;
  ratios.forEach((ratio, place) => {
    const tilePx = ratio * rowPx;
    const fits = place === rowBegan || usedPx + gapPx + tilePx <= widthPx;
    usedPx = fits ? usedPx + (place === rowBegan ? 0 : gapPx) + tilePx : tilePx;
    if (!fits) rowBegan = place;
  });
  return rowBegan === 0 ? ratios.length : rowBegan;
}
