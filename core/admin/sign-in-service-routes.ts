/** /admin/sign-in-services: setting up the institution's sign-in services. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import type { OwnContext } from "../context.ts";
import { Unreachable } from "../http/outbound.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { describe, type OidcSettings, oidcPlacesOf } from "../identity/federation/oidc.ts";
import { baseOf, keysIn, openSecret, sealSecret } from "../identity/federation/provider.ts";
import { placesOf, type SamlSettings } from "../identity/federation/saml.ts";
import { addressProblem, readSamlMetadata } from "../identity/federation/saml-metadata.ts";
import { Refused } from "../identity/federation/xml.ts";
import { readPolicies } from "../identity/policies.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { makeOwnCertificate, readCertificate } from "../vault/certificate.ts";
import { sha256 } from "../vault/primitives.ts";
import { policiesOfTenant } from "./sign-in-policies.tsx";
import { type Guide, guidePage, guides } from "./sign-in-service-guides.tsx";
import {
  type CertificateLine,
  crumb,
  type Kind,
  kinds,
  newServicePage,
  servicePage,
  servicesPage,
} from "./sign-in-service-pages.tsx";
import {
  changeRules,
  changeSecret,
  changeSettings,
  insertProvider,
  listProviders,
  providerById,
  refusalsOf,
  switchProvider,
} from "./sign-in-services.ts";

const LIST = "/admin/sign-in-services";
const at = (id: string, rest = "") => `${LIST}/${id}${rest}`;
const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const title = t.String({ title: "The name on the button", minLength: 2, maxLength: 80 });
const METADATA_LIMIT = 400_000;
const MOST_CERTIFICATES = 6;
const SOON_DAYS = 30;

export const signInServiceRoutes = [
  ownGet(LIST, {
    needs: "core.tenant.read",
    run: async (_input, ctx) => {
      const rows = await ctx.db.all(listProviders, {});
      return servicesPage(
        rows.map((one) => ({ ...one, trouble: troubleOf(one.kind, one.settings, ctx.now) })),
        ctx.may("core.tenant.manage"),
      );
    },
  }),
  ownGet(`${LIST}/new`, { needs: "core.tenant.manage", run: async () => newServicePage() }),
  ownPost(LIST, {
    needs: "core.tenant.manage",
    body: t.Object({
      title,
      kind: t.Union(
        (Object.keys(kinds) as Kind[]).map((kind) => t.Literal(kind)),
        { title: "How it speaks" },
      ),
    }),
    // A pair of keys takes a tenth of a second: not while a connection is held.
    before: async ({ body }, { visit }) =>
      body.kind === "saml" ? makeOwnCertificate(`Cairn, ${visit.tenant.slug}`) : null,
    refused: async (typed, problems) => newServicePage(refusedForm(typed, problems)),
    run: async ({ body, prepared }, ctx) => {
      const id = Bun.randomUUIDv7();
      const { secretKey } = ctx.house.config;
      await ctx.db.all(insertProvider, {
        id,
        kind: body.kind,
        title: body.title,
        settings: JSON.stringify(prepared ? { ownCertificate: prepared.certificate } : {}),
        secret: prepared ? sealSecret(secretKey, ctx.tenant.id, id, prepared.privateKey) : null,
      });
      ctx.audit("core.provider_added", { provider: body.title });
      return new Redirect(at(id));
    },
  }),
  ownGet(`${LIST}/:id`, {
    needs: "core.tenant.read",
    params: oneOf,
    run: async ({ params }, ctx) => show(ctx, params.id),
  }),
  ownPost(`${LIST}/:id/metadata`, {
    needs: "core.tenant.manage",
    params: oneOf,
    bodyLimit: METADATA_LIMIT,
    body: t.Object({
      metadata: t.String({ title: "The metadata", minLength: 1, maxLength: METADATA_LIMIT }),
      keep: t.Optional(t.Literal("on")),
    }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      if (one.kind !== "saml") throw Problem.notFound();
      const allowsHttp = ctx.house.config.environment === "development";
      const read = readSamlMetadata(body.metadata, { now: ctx.now, allowsHttp });
      if ("wrong" in read) throw Problem.invalid({ metadata: read.wrong });
      const before = one.settings as Partial<SamlSettings> & Pick<SamlSettings, "ownCertificate">;
      if (before.entityId && before.entityId !== read.entityId)
        throw Problem.invalid({
          metadata: `This is the metadata of another service (${read.entityId}). Accounts are linked to ${before.entityId}: add the other one as a sign-in service of its own.`,
        });
      const fresh = read.certificates.map(({ pem }) => pem);
      const kept = body.keep === "on" ? (before.certificates ?? []).filter((pem) => !fresh.includes(pem)) : [];
      const settings: SamlSettings = {
        entityId: read.entityId,
        ssoUrl: read.ssoUrl,
        sloUrl: read.sloUrl,
        sloResponseUrl: read.sloResponseUrl,
        certificates: [...fresh, ...kept].slice(0, MOST_CERTIFICATES),
        ownCertificate: before.ownCertificate,
      };
      await ctx.db.one(changeSettings, { id: params.id, settings: JSON.stringify(settings) });
      ctx.audit("core.provider_changed", {
        provider: one.title,
        what: `metadata of ${read.entityId}, with ${settings.certificates.length} certificates`,
      });
      return new Redirect(
        at(params.id),
        one.isOn ? "Read." : "Read. Look at it once more, then switch the service on.",
      );
    },
  }),
  ownPost(`${LIST}/:id/client`, {
    needs: "core.tenant.manage",
    params: oneOf,
    body: t.Object({
      issuer: t.String({ title: "The issuer", minLength: 8, maxLength: 500 }),
      client: t.String({ title: "The client ID", minLength: 1, maxLength: 300 }),
      secret: t.Optional(t.String({ title: "The client secret", maxLength: 1_000, writeOnly: true })),
    }),
    before: async ({ params, body }, knock) => {
      const { house, visit } = knock;
      const one = await house.federation.find(visit.tenant.id, (params as { id: string }).id);
      if (one?.kind !== "oidc") throw Problem.notFound();
      const wrong = addressProblem(body.issuer, house.config.environment === "development");
      if (wrong) throw Problem.invalid({ issuer: wrong });
      const { secretKey } = house.config;
      const known = one.secret ? openSecret(secretKey, visit.tenant.id, one.id, one.secret) : undefined;
      const secret = body.secret ?? known;
      if (!secret) throw Problem.invalid({ secret: "Enter the client secret that the service gave you." });
      const settings: OidcSettings = { issuer: body.issuer, clientId: body.client };
      const askedAt = knock.incoming.url.hostname;
      const party = {
        house,
        tenantId: visit.tenant.id,
        providerId: one.id,
        settings,
        clientSecret: secret,
        base: baseOf(house, visit.tenant, askedAt, one),
      };
      const described = await describe(party).catch((error) => {
        if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
        throw Problem.invalid({ issuer: `That did not work: ${error.message}.` });
      });
      // As the service writes it, slash or none: tokens carry it to the letter.
      return { settings: { ...settings, issuer: described.serverMetadata().issuer }, secret };
    },
    refused: async (typed, problems, ctx, params) =>
      show(ctx, params.id, refusedForm({ ...typed, secret: "" }, problems)),
    run: async ({ params, prepared }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      const before = one.settings as Partial<OidcSettings>;
      if (before.issuer && before.issuer !== prepared.settings.issuer)
        throw Problem.invalid({
          issuer: `This is another service (${prepared.settings.issuer}). Accounts are linked to ${before.issuer}: add the other one as a sign-in service of its own.`,
        });
      await ctx.db.one(changeSettings, { id: params.id, settings: JSON.stringify(prepared.settings) });
      const { secretKey } = ctx.house.config;
      const secret = sealSecret(secretKey, ctx.tenant.id, params.id, prepared.secret);
      await ctx.db.one(changeSecret, { id: params.id, secret });
      ctx.audit("core.provider_changed", { provider: one.title, what: `the client at ${prepared.settings.issuer}` });
      return new Redirect(
        at(params.id),
        one.isOn ? "Saved: the service answers." : "Saved: the service answers. Switch it on when you are ready.",
      );
    },
  }),
  ownPost(`${LIST}/:id/rules`, {
    needs: "core.tenant.manage",
    params: oneOf,
    body: t.Object({ title, admits: t.Optional(t.Literal("on")), second: t.Optional(t.Literal("on")) }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      const next = { title: body.title, admits: body.admits === "on", trustsSecond: body.second === "on" };
      const what = [
        next.title !== one.title && `name to ${next.title}`,
        next.admits !== one.admits && `newcomers ${next.admits ? "get an account that waits" : "are turned away"}`,
        next.trustsSecond !== one.trustsSecond &&
          `its second factor ${next.trustsSecond ? "counts" : "does not count"}`,
      ].filter(Boolean);
      if (what.length === 0) return new Redirect(at(params.id), "Nothing was changed.");
      await ctx.db.one(changeRules, { id: params.id, ...next });
      ctx.audit("core.provider_changed", { provider: one.title, what: what.join("; ") });
      return new Redirect(at(params.id), "Saved.");
    },
  }),
  ownPost(`${LIST}/:id/certificates/remove`, {
    needs: "core.tenant.manage",
    params: oneOf,
    body: t.Object({ fingerprint: t.String({ title: "The certificate", maxLength: 120 }) }),
    refused: async (typed, problems, ctx, params) => show(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      const settings = one.settings as Partial<SamlSettings>;
      const all = settings.certificates ?? [];
      const left = all.filter((pem) => readCertificate(pem)?.fingerprint !== body.fingerprint);
      if (left.length === 0)
        throw Problem.refused(
          "One certificate has to stay: without it nothing that the service says could be checked.",
        );
      if (left.length === all.length) return new Redirect(at(params.id), "That certificate is out already.");
      await ctx.db.one(changeSettings, {
        id: params.id,
        settings: JSON.stringify({ ...settings, certificates: left }),
      });
      ctx.audit("core.provider_changed", { provider: one.title, what: `took out the certificate ${body.fingerprint}` });
      return new Redirect(at(params.id), "Taken out. What it signed is not believed any more.");
    },
  }),
  // Ours, changed without a night out: published beside the old one, then put to use, then the old one taken out.
  ownPost(`${LIST}/:id/own-key/prepare`, {
    needs: "core.tenant.manage",
    params: oneOf,
    before: async (_input, { visit }) => makeOwnCertificate(`Cairn, ${visit.tenant.slug}`),
    run: async ({ params, prepared }, ctx) => {
      const { one, settings, keys } = await ownKeys(ctx, params.id);
      if (settings.otherCertificate)
        throw Problem.refused("A change of our key is under way already. Finish it first.");
      await keepKeys(ctx, one.id, [...keys, prepared.privateKey], {
        ...settings,
        otherCertificate: { pem: prepared.certificate, is: "next" },
      });
      const fingerprint = readCertificate(prepared.certificate)?.fingerprint ?? "";
      ctx.audit("core.provider_changed", {
        provider: one.title,
        what: `our next certificate was made (${fingerprint})`,
      });
      return new Redirect(at(one.id), "Our metadata names both certificates now. Let the service read it, then go on.");
    },
  }),
  ownPost(`${LIST}/:id/own-key/switch`, {
    needs: "core.tenant.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const { one, settings, keys } = await ownKeys(ctx, params.id);
      const { otherCertificate } = settings;
      const [now, next] = keys;
      if (otherCertificate?.is !== "next" || !now || !next)
        throw Problem.refused("There is no next certificate of ours to change to. Make one first.");
      await keepKeys(ctx, one.id, [next, now], {
        ...settings,
        ownCertificate: otherCertificate.pem,
        otherCertificate: { pem: settings.ownCertificate ?? "", is: "last" },
      });
      ctx.audit("core.provider_changed", { provider: one.title, what: "our next certificate signs from now on" });
      return new Redirect(
        at(one.id),
        "Changed. What was encrypted for the old key is still opened, until you take it out.",
      );
    },
  }),
  ownPost(`${LIST}/:id/own-key/retire`, {
    needs: "core.tenant.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const { one, settings, keys } = await ownKeys(ctx, params.id);
      const { otherCertificate, ...left } = settings;
      if (!otherCertificate) throw Problem.refused("There is only one certificate of ours.");
      await keepKeys(ctx, one.id, keys.slice(0, 1), left);
      const which = otherCertificate.is === "last" ? "our former certificate" : "our next certificate, unused,";
      ctx.audit("core.provider_changed", { provider: one.title, what: `${which} was taken out` });
      return new Redirect(at(one.id), "Taken out. Our metadata names one certificate.");
    },
  }),
  ownPost(`${LIST}/:id/on`, {
    needs: "core.tenant.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      if (!isComplete(one.kind, one.settings))
        throw Problem.refused("The service has not told us anything yet: bring its metadata or the client first.");
      return switched(ctx, one, true);
    },
  }),
  ownPost(`${LIST}/:id/off`, {
    needs: "core.tenant.manage",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      await requireAnotherWay(ctx, one);
      return switched(ctx, one, false);
    },
  }),
  ownGet(`${LIST}/:id/guides/:guide`, {
    needs: "core.tenant.read",
    params: t.Object({ id: t.String({ format: "uuid" }), guide: t.String({ maxLength: 20 }) }),
    run: async ({ params }, ctx) => {
      const one = await ctx.db.one(providerById, { id: params.id });
      if (!Object.hasOwn(guides, params.guide)) throw Problem.notFound();
      return guidePage({
        guide: params.guide as Guide,
        title: one.title,
        kind: one.kind,
        facts: oursOf(ctx, one),
        crumbs: [crumb, { label: one.title, href: at(one.id) }],
      });
    },
  }),
];

async function ownKeys(ctx: OwnContext, id: string) {
  const one = await ctx.db.one(providerById, { id });
  if (one.kind !== "saml") throw Problem.notFound();
  const stored = await ctx.house.federation.find(ctx.tenant.id, id);
  const keys = keysIn(openSecret(ctx.house.config.secretKey, ctx.tenant.id, id, stored?.secret ?? ""));
  return { one, settings: one.settings as Partial<SamlSettings>, keys };
}

async function keepKeys(
  ctx: OwnContext,
  id: string,
  keys: readonly string[],
  settings: Partial<SamlSettings>,
): Promise<void> {
  const secret = sealSecret(ctx.house.config.secretKey, ctx.tenant.id, id, keys.join("\n"));
  await ctx.db.one(changeSecret, { id, secret });
  await ctx.db.one(changeSettings, { id, settings: JSON.stringify(settings) });
}

interface Stored {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly settings: Record<string, unknown>;
  readonly isOn: boolean;
}

async function switched(ctx: OwnContext, one: Stored, isOn: boolean): Promise<Redirect> {
  if (one.isOn === isOn) return new Redirect(at(one.id), "Nothing was changed.");
  await ctx.db.one(switchProvider, { id: one.id, isOn });
  ctx.audit("core.provider_changed", { provider: one.title, what: isOn ? "switched on" : "switched off" });
  return new Redirect(
    at(one.id),
    isOn
      ? "It stands on the sign-in page now."
      : "Nobody comes in by it any more, and sessions it opened end at their next page.",
  );
}

/** Whoever switches it off, and everyone else, has to be able to come in some other way. */
async function requireAnotherWay(ctx: OwnContext, one: Stored): Promise<void> {
  const { policies, profile } = await ctx.db.one(policiesOfTenant, { id: ctx.tenant.id });
  const { methods } = readPolicies(policies);
  const others = (await ctx.db.all(listProviders, {})).filter(({ id, isOn }) => isOn && id !== one.id);
  const isLeft = methods?.some((way) =>
    way === "link"
      ? profile === "pilot"
      : way === "saml" || way === "oidc"
        ? others.some(({ kind }) => kind === way)
        : true,
  );
  if (methods && !isLeft)
    throw Problem.refused(
      "Nobody could sign in any more: every other way is closed on the page How people sign in. Open one of them first.",
    );
  const { arrival, token } = ctx.visit;
  const there = arrival && token ? await ctx.house.federation.sessionThere(ctx.tenant.id, sha256(token)) : null;
  if (there?.provider === one.id)
    throw Problem.refused(
      "You came in by this very service and would be out at once. Sign in another way first, then switch it off.",
    );
}

const isComplete = (kind: Kind, settings: Record<string, unknown>) =>
  kind === "saml" ? typeof settings.entityId === "string" : typeof settings.issuer === "string";

function oursOf(ctx: OwnContext, one: Pick<Stored, "id" | "kind">): { term: string; value: string }[] {
  const base = baseOf(ctx.house, ctx.visit.tenant, ctx.incoming.url.hostname, one);
  if (one.kind === "oidc") {
    const { callback, logout } = oidcPlacesOf(base);
    return [
      { term: "Redirect address", value: callback },
      { term: "Back-channel logout address", value: logout },
      { term: "Scopes", value: "openid profile email" },
    ];
  }
  const { entityId, acs, slo } = placesOf(base);
  return [
    { term: "Entity ID (and the address of our metadata)", value: entityId },
    { term: "Answer address (ACS, Reply URL), by POST", value: acs },
    { term: "Logout address, by redirect", value: slo },
  ];
}

function lineOf(pem: string, now: Date): CertificateLine | null {
  const read = readCertificate(pem);
  if (!read) return null;
  return { ...read, days: Math.floor((read.until.getTime() - now.getTime()) / 86_400_000) };
}

function troubleOf(kind: Kind, settings: Record<string, unknown>, now: Date): string | null {
  if (!isComplete(kind, settings)) return "Not set up yet";
  if (kind === "oidc") return null;
  const { certificates = [], ownCertificate = "" } = settings as Partial<SamlSettings>;
  const lines = [...certificates, ownCertificate].map((pem) => lineOf(pem, now)).filter((one) => one !== null);
  if (lines.some(({ days }) => days < 0)) return "A certificate is over";
  return lines.some(({ days }) => days <= SOON_DAYS) ? "A certificate ends soon" : null;
}

/** Services in use that will stop by themselves, or have: in words, for the first page. */
export async function troubledServices(
  ctx: OwnContext,
): Promise<readonly { readonly href: string; readonly title: string; readonly trouble: string }[]> {
  const rows = await ctx.db.all(listProviders, {});
  return rows.flatMap((one) => {
    const trouble = one.isOn ? troubleOf(one.kind, one.settings, ctx.now) : null;
    return trouble ? [{ href: at(one.id), title: one.title, trouble: trouble.toLowerCase() }] : [];
  });
}

function otherLine({ otherCertificate }: Partial<SamlSettings>, now: Date) {
  const line = otherCertificate && lineOf(otherCertificate.pem, now);
  return line && otherCertificate ? { ...line, is: otherCertificate.is } : null;
}

async function show(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const one = await ctx.db.one(providerById, { id });
  const saml = one.settings as Partial<SamlSettings>;
  const oidc = one.settings as Partial<OidcSettings>;
  const refusals = ctx.may("core.audit.read") ? await ctx.db.all(refusalsOf, { like: `${id}: %` }) : null;
  const complete = isComplete(one.kind, one.settings);
  return servicePage(
    {
      ...one,
      isComplete: complete,
      mayManage: ctx.may("core.tenant.manage"),
      ours: oursOf(ctx, one),
      ownCertificate: saml.ownCertificate ? lineOf(saml.ownCertificate, ctx.now) : null,
      otherCertificate: otherLine(saml, ctx.now),
      theirs: !complete
        ? []
        : one.kind === "saml"
          ? [
              { term: "Entity ID", value: saml.entityId ?? "" },
              { term: "Sign-in address", value: saml.ssoUrl ?? "" },
              { term: "Logout address", value: saml.sloUrl ?? "None: leaving here does not leave there" },
            ]
          : [
              { term: "Issuer", value: oidc.issuer ?? "" },
              { term: "Client ID", value: oidc.clientId ?? "" },
            ],
      certificates: (saml.certificates ?? []).map((pem) => lineOf(pem, ctx.now)).filter((line) => line !== null),
      refusals:
        refusals?.map(({ why, times, lastAt, ip }) => ({ at: lastAt, why: why.slice(id.length + 2), times, ip })) ??
        null,
    },
    form,
  );
}
