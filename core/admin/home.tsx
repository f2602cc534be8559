/** / and /w/:workspace: where a person begins, and what waits for him there. */
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Panel, Panels } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet } from "../http/own-route.ts";
import { Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { accessToday } from "./access-panel.tsx";
import { waitingCount } from "./out-of-the-ordinary.tsx";
import { countWaiting } from "./registrations.tsx";
import { troubledServices } from "./sign-in-service-routes.ts";
import { labelOf } from "./workspaces.ts";

export const startRoute = ownGet("/", {
  needs: signedIn,
  run: async (_input, ctx) => {
    const { arrival } = ctx.visit;
    if (!arrival) throw new Problem("sign-in");
    const { places, administers } = arrival;
    const [only] = places;
    if (only && places.length === 1 && !administers) return new Redirect(`/w/${only.slug}`);
    const waiting = administers ? await waitingFor(ctx) : [];
    return (
      <Page title={`Welcome, ${arrival.person.name}`}>
        <div class="stack">
          {(places.length > 0 || !administers) && (
            <DataTable
              caption={places.length === 1 ? "1 place where you work" : `${places.length} places where you work`}
              rows={places}
              scroll={false}
              empty={
                <Empty title="No place yet">
                  You have an account, and nobody has given you access to a program, study or service. Ask the person
                  who invited you.
                </Empty>
              }
              columns={[
                { key: "title", head: "Place", cell: (place) => <a href={`/w/${place.slug}`}>{place.title}</a> },
                { key: "kind", head: "Kind", cell: (place) => labelOf(place.kind) },
              ]}
            />
          )}
          {administers && waiting.length > 0 && (
            <Panel title="What waits for you">
              <ul class="stack">
                {waiting.map(({ href, text }) => (
                  <li>
                    <a href={href}>{text}</a>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          {administers && <Administration ctx={ctx} />}
        </div>
      </Page>
    );
  },
});

interface Waiting {
  readonly href: string;
  readonly text: string;
}

/** What nobody looks for by himself: people who ask to come in, and sign-in services that will stop. */
async function waitingFor(ctx: OwnContext): Promise<readonly Waiting[]> {
  const asking = ctx.may("core.people.manage") ? (await ctx.db.one(countWaiting, {})).count : 0;
  const out = ctx.may("core.grants.read") ? await waitingCount(ctx) : 0;
  const troubled = ctx.may("core.tenant.manage") ? await troubledServices(ctx) : [];
  return [
    asking > 0 && {
      href: "/admin/registrations",
      text: asking === 1 ? "1 person asks for an account" : `${asking} people ask for an account`,
    },
    out > 0 && {
      href: "/admin/hours?show=waiting",
      text: `${out === 1 ? "1 request or emergency waits" : `${out} requests and emergencies wait`} for somebody to decide`,
    },
    ...troubled.map(({ href, title, trouble }) => ({ href, text: `${title}: ${trouble}` })),
  ].filter((one) => one !== false);
}

const duties = [
  {
    needs: "core.workspaces.read",
    href: "/admin/workspaces",
    title: "Workspaces",
    about: "Programs, studies and services, their sites and modules.",
  },
  { needs: "core.people.read", href: "/admin/people", title: "People", about: "Accounts, and who may do what where." },
  {
    needs: "core.grants.read",
    href: "/admin/roles",
    title: "Roles",
    about: "What each role may do, and roles of your own.",
  },
  {
    needs: "core.grants.read",
    href: "/admin/who",
    title: "Who can see a record",
    about: "By its code: the people, and why. You see nothing of the record.",
  },
  {
    needs: "core.grants.read",
    href: "/admin/hours",
    title: "Hours and emergencies",
    about: "Who came in where he has no standing access, and who let him.",
  },
  { needs: "core.audit.read", href: "/admin/record", title: "Record", about: "What was seen, done and refused." },
  { needs: "core.exports.read", href: "/admin/downloads", title: "Downloads", about: "Every file that was taken out." },
  {
    needs: "core.tenant.read",
    href: "/admin/policies",
    title: "Policies",
    about: "How people sign in, when sessions end, what a password has to be, from where.",
  },
  {
    needs: "core.tenant.read",
    href: "/admin/sign-in-services",
    title: "Sign-in services",
    about: "Signing in with the account that people have at the institution already.",
  },
  {
    needs: "core.protection.read",
    href: "/admin/keys",
    title: "Keys and backups",
    about: "Where the keys lie, and whether yesterday could be brought back.",
  },
] as const;

const Administration = ({ ctx }: { ctx: OwnContext }): Html => (
  <Panel title={`Keeping ${ctx.tenant.name}`}>
    <dl class="facts">
      {duties
        .filter(({ needs }) => ctx.may(needs))
        .map(({ href, title, about }) => (
          <div>
            <dt>
              <a href={href}>{title}</a>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
    </dl>
  </Panel>
);

/** "Today": what each module that is on here has to show to this person, in the order of the manifests. */
export const todayRoute = ownGet("/w/:workspace", {
  needs: signedIn,
  run: async (_input, ctx) => {
    const workspace = hereIn(ctx);
    const panels: { title: string; shown: Html }[] = [];
    const on = ctx.house.kernel.modules.filter((module) => Object.hasOwn(ctx.situation.modules, module.id));
    for (const module of on) {
      for (const panel of module.dashboard ?? []) {
        if (!ctx.may(panel.needs)) continue;
        const shown = await panel.render(ctx.within(module));
        if (shown) panels.push({ title: panel.title, shown });
      }
    }
    const access = await accessToday(ctx);
    if (access.waiting) panels.push({ title: "Access", shown: access.waiting });
    return (
      <Page
        title={workspace.title}
        lead={labelOf(workspace.kind)}
        actions={access.emergencyHref && <ButtonLink href={access.emergencyHref}>In an emergency</ButtonLink>}
      >
        {panels.length === 0 ? (
          <Panel>
            <Nothing ctx={ctx} slug={workspace.slug} hasModules={on.length > 0} />
          </Panel>
        ) : (
          <Panels>
            {panels.map(({ title, shown }) => (
              <Panel title={title}>{shown}</Panel>
            ))}
          </Panels>
        )}
      </Page>
    );
  },
});

const Nothing = ({ ctx, slug, hasModules }: { ctx: OwnContext; slug: string; hasModules: boolean }): Html =>
  hasModules ? (
    <Empty title="Nothing waits for you here today">
      What needs you is listed here. The menu leads to everything else.
    </Empty>
  ) : (
    <Empty
      title="No module is switched on here"
      action={ctx.may("core.grants.read") && <ButtonLink href={`/w/${slug}/access`}>See who has access</ButtonLink>}
    >
      An administrator switches modules on for this workspace; until then there is nothing to do in it.
    </Empty>
  );
