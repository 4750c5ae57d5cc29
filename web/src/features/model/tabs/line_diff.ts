/** The difference of two texts, line by line: the longest common subsequence, which is short work for a manifest. */

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

const MAX_LINES = 2000;

export function lineDiff(older: string, newer: string): DiffLine[] {
  const [before, after] = [older.split("\n").slice(0, MAX_LINES), newer.split("\n").slice(0, MAX_LINES)];
  const common = commonLengths(before, after);
  const lines: DiffLine[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    if (one < before.length && other < after.length && before[one] === after[other]) {
      lines.push({ kind: "same", text: before[one] ?? "" });
      one += 1;
      other += 1;
    } else if (other >= after.length || (one < before.length && at(common, one + 1, other) >= at(common, one, other + 1))) {
      lines.push({ kind: "removed", text: before[one++] ?? "" });
    } else {
      lines.push({ kind: "added", text: after[other++] ?? "" });
    }
  }
  return lines;
}

const at = (table: Uint16Array[], row: number, column: number) => table[row]?.[column] ?? 0;

function commonLengths(before: string[], after: string[]): Uint16Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const length = before[row] === after[column] ? at(table, row + 1, column + 1) + 1 : Math.max(at(table, row + 1, column), at(table, row, column + 1));
      (table[row] as Uint16Array)[column] = length;
    }
  }
  return table;
}
