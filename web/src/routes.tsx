/** Every page's address; a page and its words are loaded when it is first visited, but for the one that most visits begin with. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { anyAnswers } from "~/api/answers";
import { queries } from "~/api/queries";
import { Shell } from "~/layout/Shell";
import { sessionQuery } from "~/session/session";
import { Broken } from "~/states/Broken";
import { NotFound } from "~/states/NotFound";
import { Loading } from "~/states/states";
import { loadWords } from "~/words/words";
import { ExplorePage } from "~/features/explore/ExplorePage";
import { modelsQuery, wallQuery } from "~/features/explore/queries";
import { readExploreSearch } from "~/features/explore/search";
import { readLibrarySearch } from "~/features/library/search";
import { examplesQuery, modelQuery } from "~/features/model/queries";
import { readModelSearch } from "~/features/model/search";
import { readComposerSearch } from "~/features/walks/search";
import { readWalletSearch } from "~/features/wallet/search";
import { readDashboardSearch } from "~/features/dashboard/search";
import { readPublishSearch } from "~/features/publish/search";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Broken });
const under = { getParentRoute: () => root } as const;
const words = (...features: readonly string[]) => () => loadWords(...features);

/** For pages that show what is somebody's own: log in first, then come back. */
async function mustBeLoggedIn({ location }: { location: { href: string } }): Promise<void> {
  if ((await queries.ensureQueryData(sessionQuery)) !== null) return;
  throw redirect({ to: "/login", search: { to: location.href } });
}
const own = { ...under, beforeLoad: mustBeLoggedIn } as const;
const readReturn = (search: Record<string, unknown>): { to?: string } =>
  typeof search["to"] === "string" ? { to: search["to"] } : {};

/** What came with the page is there in a moment, and drawn with it; what is asked for comes later, to a page that waits. */
async function withAnswers(question: () => Promise<unknown>): Promise<void> {
  const came = anyAnswers();
  const answered = question();
  if (came) await answered;
}

const explore = createRoute({
  ...under,
  path: "/",
  validateSearch: readExploreSearch,
  // asked for while the page's code is still on its way: the pictures are what a first visit waits for
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) =>
    withAnswers(() => (deps.show === "models" ? queries.prefetchInfiniteQuery(modelsQuery(deps)) : queries.prefetchInfiniteQuery(wallQuery(deps)))),
  component: ExplorePage,
});
const model = createRoute({
  ...under,
  path: "/$owner/$name",
  validateSearch: readModelSearch,
  loader: ({ params }) => {
    const ask = () => Promise.all([queries.prefetchQuery(modelQuery(params)), queries.prefetchQuery(examplesQuery(params))]);
    return Promise.all([loadWords("model"), withAnswers(ask)]);
  },
  component: lazyRouteComponent(() => import("~/features/model/ModelPage"), "ModelPage"),
});
const login = createRoute({
  ...under,
  path: "/login",
  validateSearch: readReturn,
  loader: words("entry"),
  component: lazyRouteComponent(() => import("~/features/entry/EntryPages"), "LoginPage"),
});
const register = createRoute({
  ...under,
  path: "/register",
  validateSearch: readReturn,
  loader: words("entry"),
  component: lazyRouteComponent(() => import("~/features/entry/EntryPages"), "RegisterPage"),
});
const publish = createRoute({
  ...own,
  path: "/publish",
  validateSearch: readPublishSearch,
  loader: words("publish", "findings"),
  component: lazyRouteComponent(() => import("~/features/publish/PublishPage"), "PublishPage"),
});
const library = createRoute({
  ...own,
  path: "/library",
  validateSearch: readLibrarySearch,
  loader: words("library"),
  component: lazyRouteComponent(() => import("~/features/library/LibraryPage"), "LibraryPage"),
});
const wallet = createRoute({
  ...own,
  path: "/wallet",
  validateSearch: readWalletSearch,
  loader: words("wallet"),
  component: lazyRouteComponent(() => import("~/features/wallet/WalletPage"), "WalletPage"),
});
const dashboard = createRoute({
  ...own,
  path: "/dashboard",
  validateSearch: readDashboardSearch,
  loader: words("dashboard"),
  component: lazyRouteComponent(() => import("~/features/dashboard/DashboardPage"), "DashboardPage"),
});
const account = createRoute({
  ...own,
  path: "/account",
  loader: words("account"),
  component: lazyRouteComponent(() => import("~/features/account/AccountPage"), "AccountPage"),
});
const operator = createRoute({
  ...own,
  path: "/operator",
  loader: words("operator", "findings"),
  component: lazyRouteComponent(() => import("~/features/operator/OperatorPage"), "OperatorPage"),
});
const walks = createRoute({
  ...own,
  path: "/walks",
  loader: words("walks"),
  component: lazyRouteComponent(() => import("~/features/walks/WalksPage"), "WalksPage"),
});
const newWalk = createRoute({
  ...under,
  path: "/walks/new",
  validateSearch: readComposerSearch,
  loader: words("walks", "model"),
  component: lazyRouteComponent(() => import("~/features/walks/ComposerPage"), "ComposerPage"),
});
const walk = createRoute({
  ...own,
  path: "/walks/$id",
  loader: words("walks"),
  component: lazyRouteComponent(() => import("~/features/walks/WalkPage"), "WalkPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    explore, model, login, register, publish, library, wallet, dashboard, account, operator, walks, newWalk, walk,
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: Loading,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
