/** A bundle's folder, dropped or chosen, as one .zip that goes up as any other file does. */
import { makeZip } from "client-zip";
import { MAX_BYTES } from "./rules";

/** A file of a folder. path: from inside the folder on, with / between folders. */
export interface Member {
  path: string;
  file: File;
}
export interface Folder {
  name: string;
  members: readonly Member[];
}
export type FolderFault = "faultNoGraph" | "faultFolderSize" | "faultFolderFiles";

const MAX_FILES = 1000;
/** The same for all, so that the same folder gives the same bytes, and an upload that broke off can go on. */
const ALWAYS = new Date(1980, 0, 1);

/** Why a folder would be refused; null where it would not. */
export function folderFault({ members }: Folder): FolderFault | null {
  if (!members.some(({ path }) => /\.onnx$/i.test(path))) return "faultNoGraph";
  if (members.length > MAX_FILES) return "faultFolderFiles";
  return sizeOf(members) > MAX_BYTES ? "faultFolderSize" : null;
}

export const sizeOf = (members: readonly Member[]): number => members.reduce((sum, { file }) => sum + file.size, 0);

/** What the server leaves out as well: files of the system and of tools, which begin with a point. */
const isHidden = (path: string): boolean => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

const folderOf = (name: string, members: readonly Member[]): Folder => ({
  name,
  members: members.filter(({ path }) => !isHidden(path)).sort((one, other) => (one.path < other.path ? -1 : 1)),
});

/** The folder that a chooser of folders gave; null where it gave none. */
export function chosenFolder(files: readonly File[]): Folder | null {
  const name = files[0]?.webkitRelativePath.split("/")[0];
  if (name === undefined || name === "") return null;
  return folderOf(name, files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file })));
}

/** Read a folder that was dropped. Throws: DOMException where a file cannot be read. */
export async function droppedFolder(entry: FileSystemDirectoryEntry): Promise<Folder> {
  return folderOf(entry.name, await membersOf(entry, ""));
}

async function membersOf(folder: FileSystemDirectoryEntry, path: string): Promise<Member[]> {
  const found: Member[] = [];
  for (const entry of await entriesOf(folder)) {
    const inside = `${path}${entry.name}`;
    if (isHidden(entry.name)) continue; // a .git may hold thousands
    if (entry.isDirectory) found.push(...(await membersOf(entry as FileSystemDirectoryEntry, `${inside}/`)));
    else found.push({ path: inside, file: await fileOf(entry as FileSystemFileEntry) });
    if (found.length > MAX_FILES) break;
  }
  return found;
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject));

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found; // a reader gives a hundred or so at a time
    found.push(...some);
  }
}

/** Pack a folder. Files are read as they are packed, never all at once. Throws: AbortError; DOMException as above. */
export async function packedFolder(folder: Folder, onProgress: (packed_bytes: number) => void, signal: AbortSignal): Promise<File> {
  let packed_bytes = 0;
  const counting = () =>
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(part, control) {
        signal.throwIfAborted();
        packed_bytes += part.length;
        onProgress(packed_bytes);
        control.enqueue(part);
      },
    });
  async function* entries() {
    for (const { path, file } of folder.members) {
      signal.throwIfAborted();
      yield { name: path, lastModified: ALWAYS, input: file.stream().pipeThrough(counting()) };
    }
  }
  const zip = await new Response(makeZip(entries())).blob();
  signal.throwIfAborted();
  return new File([zip], `${folder.name}.zip`, { type: "application/zip" });
}
