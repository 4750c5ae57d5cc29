import { expect, test } from "vitest";
import { chosenFolder, folderFault, packedFolder, type Folder } from "./folder";
import { MAX_BYTES } from "./rules";

const chosen = (path: string, text = "x"): File => Object.defineProperty(new File([text], path.split("/").pop() ?? ""), "webkitRelativePath", { value: path });
const huge = { size: MAX_BYTES + 1 } as File;
const never = new AbortController().signal;

test("a chosen folder is read with paths from inside it on, without hidden files", () => {
  const files = ["painter/model.onnx", "painter/examples/a.png", "painter/.git/config", "painter/__MACOSX/x"].map((path) => chosen(path));
  const folder = chosenFolder(files);
  expect(folder?.name).toBe("painter");
  expect(folder?.members.map(({ path }) => path)).toEqual(["examples/a.png", "model.onnx"]);
  expect(chosenFolder([])).toBeNull();
});

test("a folder without a graph, a too large one and one of too many files are refused before anything is packed", () => {
  const graph = { path: "a/model.ONNX", file: new File(["x"], "model.onnx") };
  const of = (members: Folder["members"]): Folder => ({ name: "painter", members });
  expect(folderFault(of([{ path: "notes.txt", file: graph.file }]))).toBe("faultNoGraph");
  expect(folderFault(of([graph, { path: "weights.bin", file: huge }]))).toBe("faultFolderSize");
  expect(folderFault(of(Array.from({ length: 1001 }, () => graph)))).toBe("faultFolderFiles");
  expect(folderFault(of([graph]))).toBeNull();
});

test("the same folder gives the same bytes whenever it is packed, and tells how far it is", async () => {
  const folder = (modified: number): Folder => ({
    name: "painter",
    members: [{ path: "model.onnx", file: new File(["a graph"], "model.onnx", { lastModified: modified }) }],
  });
  const told: number[] = [];
  const first = await packedFolder(folder(1), (packed_bytes) => told.push(packed_bytes), never);
  const second = await packedFolder(folder(2e12), () => undefined, never);
  expect(first.name).toBe("painter.zip");
  expect(told.at(-1)).toBe(7);
  expect(new Uint8Array(await first.arrayBuffer())).toEqual(new Uint8Array(await second.arrayBuffer()));
});

test("packing stops when it is given up", async () => {
  const folder = chosenFolder([chosen("painter/model.onnx")]);
  if (folder === null) throw new Error("no folder");
  await expect(packedFolder(folder, () => undefined, AbortSignal.abort())).rejects.toThrow();
});
