import "@mantine/core/styles.css";
import "virtual:theme-variables.css";
import "~/theme/tokens.css";
import "~/features/model/ModelPage.module.css"; // of the first drawing too, as these are
import "~/features/gallery/GalleryPage.module.css";
import "~/features/gallery/GalleryTile.module.css";
import "~/features/gallery/ItemPage.module.css";

import { createTheme, MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { anyAnswers } from "~/api/answers";
import { queries } from "~/api/queries";
import { startWords } from "~/words/words";
import { router } from "~/routes";
import { components } from "~/theme/components";
import { theme } from "~/theme/theme";

void start();

/** A function, since a page's code cannot be loaded while this file waits at its top: it imports from here. */
async function start(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  const isDrawn = anyAnswers(); // asked now: the page takes them while it is loaded
  const words = startWords();
  const loaded = router.load(); // what the page asks the server for and its words come at the same time
  await words;
  if (isDrawn) await loaded.catch(() => undefined); // what came with the page is drawn (early/draw.ts) until all of it can be
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={mergeThemeOverrides(theme, createTheme({ components }))}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
