import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { earlyScript } from "./build/early_script.ts";
import { precompressed } from "./build/precompressed.ts";
import { themeVariables } from "./build/theme_variables.ts";

// where `make run` listens; the development server passes the API on to it
const SERVER = process.env["ARTRATOR_URL"] ?? "http://127.0.0.1:8000";
const passOn = { target: SERVER, headers: { origin: SERVER } };

/** What draws before the app has started, and what the app shares with it: a file of its own, since it must be small. */
const EARLY = /\/src\/(early\/|api\/(answers|own_address)|features\/explore\/(picture\.ts|\w+\.module\.css)|features\/model\/ModelPage\.module|features\/gallery\/(picture\.ts|(GalleryPage|GalleryTile|ItemPage)\.module)|outputs\/(OutputView\.module|translated)|words\/language|layout\/Shell\.module)/;

export default defineConfig({
  plugins: [react(), themeVariables(), earlyScript(), precompressed()],
  resolve: { alias: { "~": fileURLToPath(new URL("src", import.meta.url)) } },
  css: { modules: { localsConvention: "camelCaseOnly" } },
  build: {
    outDir: "../src/artrator/http/page/dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: address is refused by the content security policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { index: "index.html", early: "src/early/main.ts" },
      output: {
        chunkFileNames: ({ name }) => `assets/${name.split("~")[0]}-[hash].js`,
        codeSplitting: {
          // each file costs a request and its headers: what the first page needs is one file, the rest are few
          groups: [
            { name: "early", test: EARLY, priority: 2 },
            { name: "first", tags: ["$initial"], priority: 1 },
            { name: "shared", test: /[\\/]node_modules[\\/]@(mantine|tanstack)[\\/]/, entriesAware: true, entriesAwareMergeThreshold: 24_000 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": passOn, "/blobs": passOn, "/thumbnails": passOn } },
});
