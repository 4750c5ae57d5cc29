/** The page's first script, a few kilobytes: it shows what came with the page, and only then starts the app, which takes a slow phone a second. */
import { markColours } from "./colours";
import { drawEarly } from "./draw";

const PATIENCE_MS = 300;
const root = document.getElementById("root");

markColours();
try {
  if (root !== null) drawEarly(root);
} finally {
  void painted().then(startApp);
}

/** Once the pictures in view are on the screen; those that take long are not waited for. */
async function painted(): Promise<void> {
  const shown = [...document.querySelectorAll<HTMLImageElement>("main img")].filter((each) => each.getBoundingClientRect().top < window.innerHeight);
  if (shown.length === 0 || document.hidden) return;
  const soon = new Promise((late) => setTimeout(late, PATIENCE_MS));
  await Promise.race([Promise.allSettled(shown.map((each) => each.decode())), soon]);
  await Promise.race([new Promise((frame) => requestAnimationFrame(() => setTimeout(frame))), soon]);
}

/** The build names the app's file (early_script.ts); it is loaded, though not run, since the page's head was read. */
async function startApp(): Promise<void> {
  const app = document.querySelector<HTMLLinkElement>("link[data-app]");
  if (app !== null) await import(/* @vite-ignore */ app.href);
}
