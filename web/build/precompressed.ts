import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;
const WORTH_IT_BYTES = 512;

/** Write a brotli and a gzip variant beside every text file, so that the server never compresses while it serves. */
export function precompressed(): Plugin {
  let folder = "";
  return {
    name: "precompressed",
    apply: "build",
    configResolved: (config) => void (folder = join(config.root, config.build.outDir)),
    closeBundle: async () => {
      for (const entry of await readdir(folder, { recursive: true })) {
        if (!TEXT.test(entry)) continue;
        const plain = await readFile(join(folder, entry));
        if (plain.length < WORTH_IT_BYTES) continue;
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
        await writeFile(join(folder, `${entry}.br`), brotliCompressSync(plain, quality));
        await writeFile(join(folder, `${entry}.gz`), gzipSync(plain, { level: 9 }));
      }
    },
  };
}
