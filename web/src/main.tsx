import "@mantine/core/styles.css";
import "virtual:theme-variables.css";
import "~/theme/tokens.css";

import { createTheme, MantineProvider, mergeThemeOverrides } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "~/api/queries";
import { startWords } from "~/words/words";
import { router } from "~/routes";
import { components } from "~/theme/components";
import { theme } from "~/theme/theme";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

const words = startWords();
void router.load(); // what the page asks the server for and its words come at the same time
await words;
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
