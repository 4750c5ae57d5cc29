/** What can be said of an upload without asking the server. */

export const MAX_BYTES = 2 * 1024 ** 3;
export const ACCEPTS = ".onnx,.zip";
export const LICENCES = [
  "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "Apache-2.0", "MIT", "BSD-3-Clause", "GPL-3.0-only", "AGPL-3.0-only",
] as const;

export type FileFault = "faultType" | "faultSize" | "faultEmpty";

/** Why a file would be refused; null where it would not. */
export function uploadFault({ name, size }: { name: string; size: number }): FileFault | null {
  if (!/\.(onnx|zip)$/i.test(name)) return "faultType";
  if (size === 0) return "faultEmpty";
  return size > MAX_BYTES ? "faultSize" : null;
}

/** A model's name from a file's: a-z, 0-9 and single hyphens. */
export const modelName = (file: string): string =>
  file.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 64).replace(/^-|-$/g, "");

const LICENCE_LINE = /^license:[ \t]*(.*?)[ \t]*$/m;

/** The licence that a manifest names; "" where it names none. */
export const licenceIn = (yaml: string): string =>
  (LICENCE_LINE.exec(yaml)?.[1] ?? "").replace(/[ \t]+#.*$/, "").replace(/^(['"])(.*)\1$/, "$2");

/** The manifest with another licence; every other line stays as it was typed. */
export const withLicence = (yaml: string, licence: string): string => {
  const line = `license: ${licence}`;
  return LICENCE_LINE.test(yaml) ? yaml.replace(LICENCE_LINE, () => line) : `${yaml.replace(/\n?$/, "\n")}${line}\n`;
};

/** A typed price as the API takes it: a point before the digits below one; null where it is no amount. */
export function priceOf(typed: string): string | null {
  const text = typed.trim().replace(",", ".");
  return /^\d{1,9}(\.\d{1,6})?$/.test(text) ? text : null;
}

/** Where a line stands in a text, to select it in its field. */
export function lineRange(text: string, line: number): readonly [number, number] {
  const lines = text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return [start, start + (lines[line - 1]?.length ?? 0)];
}
