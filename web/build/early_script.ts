import type { Plugin } from "vite";

const APP = /<script type="module" crossorigin src="([^"]+)"><\/script>/;
const STYLES = /[ \t]*<link rel="stylesheet"[^>]*\/early-[^>]*>\n/;

/** Run the early script in place of the app, which it starts; its styles come last, since they refine the library's. */
export function earlyScript(): Plugin {
  return {
    name: "early-script",
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle }) => {
        const early = Object.values(bundle ?? {}).find((file) => file.type === "chunk" && file.isEntry && file.name === "early");
        if (early === undefined) return html; // the development server has no such file
        const styles = STYLES.exec(html)?.[0] ?? "";
        const scripts = `<script type="module" crossorigin src="/${early.fileName}"></script>
    <link rel="modulepreload" crossorigin href="$1" data-app>`;
        return html.replace(styles, "").replace("  </head>", `${styles}  </head>`).replace(APP, scripts);
      },
    },
  };
}
