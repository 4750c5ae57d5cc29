/** Files among the inputs: small ones travel inside the request, large ones are uploaded before. */
import { send, type Schemas } from "~/api/client";

const INLINE_BYTES = 256 * 1024;

export async function withFilesSent(input: Record<string, unknown>): Promise<Record<string, unknown>> {
  const entries = Object.entries(input).map(async ([name, value]) => [name, value instanceof File ? await addressOf(value) : value] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const sent = new WeakMap<File, Promise<string>>();

/** A file that is asked for again, by a quote and then by the walk itself, is sent once. */
function addressOf(file: File): Promise<string> {
  const before = sent.get(file);
  if (before !== undefined) return before;
  const sending = file.size <= INLINE_BYTES ? dataUrl(file) : upload(file);
  sent.set(file, sending);
  sending.catch(() => sent.delete(file));
  return sending;
}

async function upload(file: File): Promise<string> {
  const form = new FormData();
  form.set("content", file, file.name);
  const uploaded = await send<Schemas["FileReply"]>("/v1/files", { method: "POST", body: form });
  const address = uploaded.urls["get"];
  if (typeof address !== "string") throw new Error("the reply names no address of the file");
  return address;
}

export function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("the file could not be read"));
    reader.readAsDataURL(blob);
  });
}
