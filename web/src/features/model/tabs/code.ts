/** The same run as the form's, for curl, our Python client, and Replicate's. */
import { lorasOf, type Chosen } from "../loras/chosen";

export interface CodeRequest {
  url: string;
  model: string;
  version: string | null;
  input: Readonly<Record<string, unknown>>;
  loras: Chosen;
}

export const CODE_KINDS = ["curl", "python", "replicate"] as const;
export type CodeKind = (typeof CODE_KINDS)[number];

export function codeOf(kind: CodeKind, request: CodeRequest): string {
  switch (kind) {
    case "curl":
      return curl(request);
    case "python":
      return python(request);
    case "replicate":
      return replicate(request);
  }
}

const LONG_TEXT = 200;

/** What can stand in an example: a file, or one that is written out in a link, becomes a link to be filled in. */
function written(value: unknown): unknown {
  if (value instanceof File) return `https://example.com/${value.name}`;
  if (typeof value === "string" && value.startsWith("data:") && value.length > LONG_TEXT) return "https://example.com/picture.png";
  return value;
}

const writtenInput = (input: CodeRequest["input"]) => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, written(value)]));

const hasLoras = (loras: Chosen) => Object.keys(loras).length > 0;

function curl({ url, model, input, loras }: CodeRequest): string {
  const body = JSON.stringify({ input: writtenInput(input), ...(hasLoras(loras) && { loras: lorasOf(loras) }) }, null, 2).replaceAll("'", "'\\''");
  return [
    `curl ${url}/v1/models/${model}/predictions \\`,
    `  -H "Authorization: Bearer $ARTRATOR_TOKEN" \\`,
    `  -H "Content-Type: application/json" -H "Prefer: wait" \\`,
    `  -d '${body}'`,
  ].join("\n");
}

function python({ url, model, input, loras }: CodeRequest): string {
  const entries = Object.entries(writtenInput(input));
  const plain = entries.every(([name]) => /^[A-Za-z_]\w*$/.test(name));
  const words = plain ? entries.map(([name, value]) => `    ${name}=${literal(value)},`) : [`    **${literal(Object.fromEntries(entries))},`];
  return [
    "from artrator.sdk import Client",
    "",
    `client = Client("${url}")  # the key: ARTRATOR_TOKEN`,
    `output = client.run(`,
    `    "${model}",`,
    ...(hasLoras(loras) ? [`    loras=${literal(loras)},`] : []),
    ...words,
    ")",
  ].join("\n");
}

function replicate({ url, model, version, input, loras }: CodeRequest): string {
  const reference = version === null ? model : `${model}:${version}`;
  return [
    "import os",
    "from replicate.client import Client",
    "",
    `client = Client(api_token=os.environ["ARTRATOR_TOKEN"], base_url="${url}")`,
    ...(hasLoras(loras) ? ["# this client has no word for LoRAs: the run is without them"] : []),
    `output = client.run("${reference}", input=${literal(writtenInput(input))})`,
  ].join("\n");
}

/** A JSON value as Python writes it. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${literal(each)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
