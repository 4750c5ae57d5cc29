import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { onSessionEnded } from "~/api/client";
import { sessionQuery } from "./session";

const LoginDialog = lazy(() => import("./LoginDialog"));

/** When a request is refused because the session ended, log in over the page: what was typed there stays. */
export function LoginAgain() {
  const cache = useQueryClient();
  const [state, setState] = useState<"never" | "open" | "closed">("never");
  useEffect(
    () =>
      onSessionEnded(() => {
        cache.setQueryData(sessionQuery.queryKey, null);
        setState("open");
      }),
    [cache],
  );
  if (state === "never") return null; // the dialog is loaded when it is first needed
  return (
    <Suspense>
      <LoginDialog opened={state === "open"} onClose={() => setState("closed")} />
    </Suspense>
  );
}
