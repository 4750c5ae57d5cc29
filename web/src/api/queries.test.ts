import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { askAnew } from "./queries";

test("an answer that was asked for before a change is not shown as that of after it", async () => {
  const cache = new QueryClient();
  let [stored, asked] = ["before", 0];
  const late: (() => void)[] = [];
  const watched = new QueryObserver(cache, {
    queryKey: ["list", "filtered"],
    queryFn: () => {
      const answer = stored;
      return asked++ === 0 ? new Promise<string>((done) => late.push(() => done(answer))) : Promise.resolve(answer);
    },
  });
  const stop = watched.subscribe(() => undefined);
  stored = "after";
  await askAnew(cache, ["list"]);
  for (const answer of late) answer();
  await Promise.resolve();
  expect(watched.getCurrentResult().data).toBe("after");
  stop();
});
