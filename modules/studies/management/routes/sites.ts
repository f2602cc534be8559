/** Sites: what each has ready, whom to call there, how it recruits; activated with a signature, closed with a reason. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { documentRows, keepCard } from "../dossier-standing.ts";
import { countFunnel } from "../inquiry.ts";
import { formAgain, type Studies } from "../module-words.ts";
import { activationNames, activationSteps, duties, dutyNames, siteState } from "../rules/activation.ts";
import { dayOf } from "../rules/days.ts";
import { missingDocuments } from "../rules/documents.ts";
import { includedIn } from "../rules/funnel.ts";
import { signedSiteMark } from "../signed.ts";
import {
  addContact,
  addSiteMark,
  addSiteStep,
  allSiteMarks,
  allSiteSteps,
  contactsNow,
  endContact,
} from "../store/dossier.ts";
import { openSites, siteLabel, sitesReached } from "../store/people.ts";
import { plansNow } from "../store/recruitment.ts";
import { tellRules } from "../task-making.ts";
import { SitePage, SitesPage } from "../views/sites.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const oneOf = <N extends string>(names: readonly N[], title: string) =>
  t.Union(
    names.map((name) => t.Literal(name)),
    { title },
  );

/** Every site that the reader's grants reach, with what it has and what it lacks. */
async function allSites(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const steps = await ctx.db.all(allSiteSteps, {});
  const marks = await ctx.db.all(allSiteMarks, {});
  const files = await documentRows(ctx);
  const numbers = ctx.may("studies.recruitment.numbers");
  const counts = numbers ? await ctx.errand(countFunnel, {}) : [];
  const plans = numbers ? await ctx.db.all(plansNow, {}) : [];
  return (await ctx.db.all(openSites, {})).map((site) => {
    const done = steps.filter(({ siteId }) => siteId === site.id);
    const marked = (wanted: string) =>
      marks.find(({ siteId, mark }) => siteId === site.id && mark === wanted)?.madeAt ?? null;
    const ethicsUntil =
      files.filter(({ kind, siteId }) => kind === "site-ethics" && siteId === site.id).at(0)?.expiresOn ?? null;
    const standing = {
      done: done.map(({ step }) => step),
      activatedAt: marked("activated"),
      closedAt: marked("closed"),
      ethicsUntil,
    };
    return {
      id: site.id,
      label: siteLabel(site),
      href: ctx.url(`/sites/${site.id}`),
      state: siteState(standing, today),
      since: standing.closedAt ?? standing.activatedAt,
      days: done,
      ethicsUntil,
      missing: missingDocuments(files, site.id, today),
      included: includedIn(counts.filter(({ siteId }) => siteId === site.id)),
      target: plans.find(({ siteId }) => siteId === site.id)?.target ?? null,
    };
  });
}

async function findSite(ctx: Context<Studies>, id: string) {
  const site = (await allSites(ctx)).find((one) => one.id === id);
  if (!site) throw Problem.notFound();
  return site;
}

async function sitePage(ctx: Context<Studies>, id: string) {
  const site = await findSite(ctx, id);
  const prepares = (await ctx.db.all(sitesReached, { may: "studies.sites.prepare" })).some((one) => one.id === id);
  const activates = ctx.may("studies.sites.activate");
  return {
    ...site,
    crumbs: [{ label: "Sites", href: ctx.url("/sites") }],
    recruitment: ctx.may("studies.recruitment.numbers") ? ctx.url(`/recruitment?site=${id}`) : null,
    steps: activationNames.map((step) => {
      const on = site.days.find((row) => row.step === step)?.onDay ?? null;
      return {
        title: activationSteps[step],
        on,
        action: prepares && !on ? ctx.url(`/sites/${id}/steps/${step}`) : null,
      };
    }),
    contacts: (await ctx.db.all(contactsNow, {}))
      .filter(({ siteId }) => siteId === id)
      .map((row) => ({
        ...row,
        duty: duties[row.duty],
        end: prepares ? ctx.url(`/sites/${id}/contacts/${row.id}/end`) : null,
      })),
    addContact: prepares ? ctx.url(`/sites/${id}/contacts`) : null,
    signing: activates && site.state === "ready" ? await ctx.signing("studies.site_activated") : null,
    activate: activates && site.state === "ready" ? ctx.url(`/sites/${id}/activate`) : null,
    close:
      activates && (site.state === "active" || site.state === "ethics expired") ? ctx.url(`/sites/${id}/close`) : null,
  };
}

async function preparedSite(ctx: Context<Studies>, id: string) {
  const site = (await ctx.db.all(sitesReached, { may: "studies.sites.prepare" })).find((one) => one.id === id);
  if (!site) throw Problem.notFound();
  return site;
}

export const siteRoutes = [
  get("/sites", {
    needs: "studies.documents.study",
    run: async (_, ctx) => SitesPage({ sites: await allSites(ctx), steps: activationNames.length }),
  }),
  get("/sites/:id", {
    needs: "studies.documents.study",
    params: byId,
    run: async ({ params }, ctx) => SitePage(await sitePage(ctx, params.id)),
  }),
  post("/sites/:id/steps/:step", {
    needs: "studies.sites.prepare",
    params: t.Object({ id: uuid, step: oneOf(activationNames, "Step") }),
    async run({ params }, ctx) {
      const site = await preparedSite(ctx, params.id);
      await ctx.db.one(addSiteStep, { siteId: site.id, step: params.step, onDay: dayOf(ctx.now) });
      ctx.audit("studies.site_step", { site: siteLabel(site), step: activationSteps[params.step] });
      return new Redirect(ctx.url(`/sites/${site.id}`), "Noted.");
    },
  }),
  post("/sites/:id/contacts", {
    needs: "studies.sites.prepare",
    params: byId,
    body: t.Object({
      duty: oneOf(dutyNames, "Answers for"),
      name: t.String({ title: "Name", minLength: 2, maxLength: 200 }),
      email: t.Optional(t.String({ title: "E-mail", format: "email", maxLength: 254 })),
      phone: t.Optional(t.String({ title: "Phone", maxLength: 40 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      SitePage({ ...(await sitePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const site = await preparedSite(ctx, params.id);
      const { duty, name, email = "", phone = "" } = body;
      if (!email && !phone) throw Problem.invalid({ phone: "Enter a phone number or an e-mail address." });
      await ctx.db.one(addContact, { siteId: site.id, duty, name, email, phone });
      ctx.audit("studies.site_contact_added", { site: siteLabel(site), duty: duties[duty] });
      return new Redirect(ctx.url(`/sites/${site.id}`), "Entered.");
    },
  }),
  post("/sites/:id/contacts/:contact/end", {
    needs: "studies.sites.prepare",
    params: t.Object({ id: uuid, contact: uuid }),
    async run({ params }, ctx) {
      const site = await preparedSite(ctx, params.id);
      const contact = (await ctx.db.all(contactsNow, {})).find(
        ({ id, siteId }) => id === params.contact && siteId === site.id,
      );
      if (!contact) throw Problem.notFound();
      await ctx.db.one(endContact, { contactId: contact.id, siteId: site.id });
      ctx.audit("studies.site_contact_ended", { site: siteLabel(site), duty: duties[contact.duty] });
      return new Redirect(ctx.url(`/sites/${site.id}`), "Ended.");
    },
  }),
  post("/sites/:id/activate", {
    needs: "studies.sites.activate",
    signs: "studies.site_activated",
    params: byId,
    refused: async (typed, problems, ctx, params) =>
      SitePage({ ...(await sitePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params }, ctx) {
      const site = await findSite(ctx, params.id);
      if (site.state !== "ready") throw Problem.refused(`Site ${site.label} is not ready: every step comes first.`);
      const { id } = await ctx.db.one(addSiteMark, { siteId: params.id, mark: "activated", reason: "" });
      await ctx.sign(signedSiteMark({ id, siteId: params.id }));
      await tellRules(ctx, { event: "site-activated", causeId: id });
      await keepCard(ctx);
      ctx.audit("studies.site_activated", { site: site.label });
      return new Redirect(ctx.url(`/sites/${params.id}`), `Site ${site.label} is active.`);
    },
  }),
  post("/sites/:id/close", {
    needs: "studies.sites.activate",
    params: byId,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 1, maxLength: 500 }) }),
    refused: async (typed, problems, ctx, params) =>
      SitePage({ ...(await sitePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { close, label } = await sitePage(ctx, params.id);
      if (!close) throw Problem.refused("Only an active site is closed.");
      await ctx.db.one(addSiteMark, { siteId: params.id, mark: "closed", reason: body.reason });
      await keepCard(ctx);
      ctx.audit("studies.site_closed", { site: label });
      return new Redirect(ctx.url("/sites"), "Closed.");
    },
  }),
];
