/** What must not compile. Checked by tsc: an expectation that meets no error is an error itself. */
import { type Context, defineModule, Redirect, routesFor } from "@core/module.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { Page } from "@views/page.tsx";
import type { Sample } from "../sample/module.tsx";

const { get, post } = routesFor<Sample>();
const run = async () => new Redirect("/");

// @ts-expect-error a route says what it needs
get("/", { run });
// @ts-expect-error a permission that nobody declared
get("/", { needs: "sample.everything", run });
// @ts-expect-error a signature over an event that nobody declared
post("/", { needs: "sample.place", signs: "sample.promised", run });
// @ts-expect-error an answer that is neither a page, a way on nor a file
get("/", { needs: "sample.read", run: async () => "text" });

export async function handler(ctx: Context<Sample>, sealed: Sealed) {
  // @ts-expect-error an event that nobody declared
  ctx.audit("sample.lost", {});
  // @ts-expect-error a permission that nobody declared
  ctx.may("sample.everything");
  // @ts-expect-error a job's payload of another shape
  await ctx.later("sample.sweep", { stone: 7 });
  // @ts-expect-error a question that nobody defined
  await ctx.ask("weather.tomorrow", {});
  // @ts-expect-error a setting that nobody declared
  ctx.settings.width;
  // @ts-expect-error a sealed value is not text
  const text: string = sealed;
  // @ts-expect-error a sealed value is not to be shown
  const page = <Page title="A stone">{sealed}</Page>;
  return { text, page };
}

const nothing = {
  id: "sample",
  title: "Sample",
  summary: "…",
  workspaces: ["program"],
  roles: { keeper: { title: "Keeper" } },
  routes: [],
} as const;
defineModule({
  ...nothing,
  events: {},
  // @ts-expect-error a permission of another module
  permissions: { "studies.read": { title: "Read", roles: { keeper: "workspace" } } },
});
defineModule({
  ...nothing,
  events: {},
  // @ts-expect-error a role that it does not bring
  permissions: { "sample.read": { title: "Read", roles: { walker: "workspace" } } },
});
defineModule({
  ...nothing,
  events: {},
  permissions: { "sample.read": { title: "Read", roles: { keeper: "workspace" } } },
  // @ts-expect-error a permission that does not exist
  navigation: [{ title: "Stones", path: "/", needs: "sample.write" }],
});
defineModule({
  ...nothing,
  permissions: {},
  // @ts-expect-error an event that does not say how personal data leaves it
  events: { "sample.placed": { title: "Placed", says: "{actor} placed a stone" } },
});
defineModule({
  ...nothing,
  events: {},
  permissions: { "sample.read": { title: "Read", roles: { keeper: "workspace" } } },
  // @ts-expect-error a field class that opens with a permission that does not exist
  fieldClasses: { "sample.writing": { title: "Writing", key: "subject", opensWith: "sample.open" } },
});
