/** /admin/providers: who may be sent something, by what agreement; /w/:workspace/providers: who is, here. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import type { OwnContext } from "../context.ts";
import { isDate } from "../http/formats.ts";
import { upload } from "../http/input.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import {
  kindFields,
  type ProviderKind,
  type ProviderService,
  providerKinds,
  serviceTitles,
  whyNotAddress,
  whyNotInForce,
} from "../providers/entry.ts";
import { sealProviderSecret } from "../providers/here.ts";
import { sha256 } from "../vault/primitives.ts";
import {
  choicePage,
  choiceTable,
  endProviderPage,
  newProviderPage,
  providerListPage,
  providerPage,
} from "./provider-pages.tsx";
import {
  allProviders,
  choicesNow,
  endProvider,
  insertChoice,
  insertDocument,
  insertProvider,
  lastRuns,
  providerById,
} from "./providers.ts";

const oneOf = t.Object({ id: t.String({ format: "uuid" }) });
const Kind = t.Union(
  (Object.keys(providerKinds) as ProviderKind[]).map((kind) => t.Literal(kind)),
  { title: "Kind" },
);
const Service = t.Union([t.Literal("model"), t.Literal("text")], { title: "Service" });
const short = (title: string, least = 2, most = 200) => t.String({ title, minLength: least, maxLength: most });
const isKind = (text: unknown): text is ProviderKind => typeof text === "string" && Object.hasOwn(providerKinds, text);

/** Every field of every kind, each optional here: the rule below says which the kind needs. */
const ofKinds = Object.fromEntries(
  Object.values(kindFields).flatMap((fields) =>
    fields.map(
      ({ name, label, secret = false }) =>
        [name, t.Optional(t.String({ title: label, maxLength: 500, writeOnly: secret }))] as const,
    ),
  ),
);
const AGREEMENT_BYTES = 10_485_760;

export const providerRoutes = [
  ownGet("/admin/providers", {
    needs: "core.providers.read",
    run: async (_input, ctx) => {
      const uses = (await ctx.db.all(choicesNow, {})).filter((one) => one.providerId !== null);
      const rows = (await ctx.db.all(allProviders, {})).map((row) => ({
        ...row,
        why: whyNotInForce(row, ctx.now, ctx.house.config.environment),
        workspaces: uses.filter((one) => one.providerId === row.id).length,
      }));
      return providerListPage(rows, ctx.now, ctx.may("core.providers.manage"));
    },
  }),
  ownGet("/admin/providers/new", {
    needs: "core.providers.manage",
    query: t.Object({ kind: t.Optional(Kind) }),
    run: async ({ query }) => newProviderPage(isKind(query.kind) ? query.kind : null),
  }),
  ownPost("/admin/providers", {
    needs: "core.providers.manage",
    bodyLimit: AGREEMENT_BYTES + 100_000,
    body: t.Object({
      kind: Kind,
      title: short("Name", 2, 100),
      endpoint: short("Address", 8, 300),
      region: short("Region", 2, 60),
      agreement: short("Agreement"),
      agreedFrom: short("Holds from", 10, 10),
      agreedUntil: short("Holds until", 10, 10),
      document: upload({ title: "The agreement itself" }),
      noTraining: t.Optional(t.Boolean({ title: "No training" })),
      ...ofKinds,
    }),
    refused: async (typed, problems) =>
      newProviderPage(isKind(typed.kind) ? typed.kind : null, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const given = body as typeof body & Readonly<Record<string, string | undefined>>;
      const kind = body.kind as ProviderKind;
      const { service } = providerKinds[kind];
      const wrong: Record<string, string> = {};
      const address = whyNotAddress(body.endpoint, ctx.house.config.environment);
      if (address) wrong.endpoint = address;
      for (const name of ["agreedFrom", "agreedUntil"] as const)
        if (!isDate(body[name])) wrong[name] = "Write the day like 2026-11-02.";
      if (!wrong.agreedUntil && body.agreedUntil < body.agreedFrom)
        wrong.agreedUntil = "The agreement ends before it begins.";
      if (body.document.bytes.byteLength > AGREEMENT_BYTES) wrong.document = "The file is larger than 10 MB.";
      if (service === "model" && body.noTraining !== true)
        wrong.noTraining =
          "Without this promise in the agreement nothing may be sent: people's data never trains a model.";
      for (const field of kindFields[kind])
        if (!field.optional && !given[field.name]?.trim()) wrong[field.name] = `${field.label} is needed.`;
      const limit = given.tokensPerDay?.trim();
      if (limit && !/^\d{1,12}$/.test(limit)) wrong.tokensPerDay = "Write a whole number.";
      if (Object.keys(wrong).length > 0) throw Problem.invalid(wrong);

      const filled = kindFields[kind].flatMap((field) => {
        const value = given[field.name]?.trim();
        return value ? [{ ...field, value }] : [];
      });
      const pick = (secret: boolean) =>
        Object.fromEntries(
          filled.filter((one) => (one.secret ?? false) === secret).map(({ name, value }) => [name, value]),
        );
      const secret = pick(true);
      const id = Bun.randomUUIDv7();
      await ctx.db.all(insertProvider, {
        id,
        service,
        kind,
        title: body.title,
        endpoint: body.endpoint.replace(/\/+$/, ""),
        region: body.region,
        config: pick(false),
        secret:
          Object.keys(secret).length === 0
            ? null
            : await sealProviderSecret(ctx.house, ctx.tenant.id, ctx.lease, id, secret),
        agreement: body.agreement,
        agreedFrom: body.agreedFrom,
        agreedUntil: body.agreedUntil,
        documentName: body.document.filename.slice(-200) || "agreement",
        documentSha256: sha256(body.document.bytes),
        noTraining: body.noTraining === true,
      });
      await ctx.db.all(insertDocument, { providerId: id, body: body.document.bytes });
      ctx.audit("core.provider_entered", {
        provider: body.title,
        kind: providerKinds[kind].title,
        region: body.region,
        until: body.agreedUntil,
      });
      return new Redirect(
        `/admin/providers/${id}`,
        `${body.title} was entered. It serves no workspace until someone chooses it there.`,
      );
    },
  }),
  ownGet("/admin/providers/:id", {
    needs: "core.providers.read",
    params: oneOf,
    run: async ({ params }, ctx) => {
      const row = await ctx.db.one(providerById, { id: params.id });
      const uses = (await ctx.db.all(choicesNow, {})).filter((one) => one.providerId === row.id);
      const why = whyNotInForce(row, ctx.now, ctx.house.config.environment);
      return providerPage({ ...row, why, uses }, ctx.now, ctx.may("core.providers.manage"));
    },
  }),
  ownGet("/admin/providers/:id/end", {
    needs: "core.providers.manage",
    params: oneOf,
    run: async ({ params }, ctx) => endPage(ctx, params.id),
  }),
  ownPost("/admin/providers/:id/end", {
    needs: "core.providers.manage",
    params: oneOf,
    body: t.Object({ reason: short("Reason", 3, 500) }),
    refused: async (typed, problems, ctx, params) => endPage(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const [ended] = await ctx.db.all(endProvider, { id: params.id, reason: body.reason, by: ctx.actor.id });
      if (!ended) throw Problem.notFound();
      ctx.audit("core.provider_ended", { provider: ended.title, reason: body.reason });
      return new Redirect(`/admin/providers/${params.id}`, `${ended.title} was ended: nothing is sent to it any more.`);
    },
  }),
];

async function endPage(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const row = await ctx.db.one(providerById, { id });
  const uses = (await ctx.db.all(choicesNow, {})).filter((one) => one.providerId === row.id);
  return endProviderPage(row, uses, form);
}

export const workspaceProviderRoutes = [
  ownGet("/w/:workspace/providers", {
    needs: "core.settings.manage",
    query: t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) }),
    run: async ({ query }, ctx) => choices(ctx, query.page ?? 1),
  }),
  ownPost("/w/:workspace/providers/:service", {
    needs: "core.settings.manage",
    params: t.Object({ service: Service }),
    // The page holds a form for each service, so their controls bear its name.
    body: t.Object({
      model: t.Optional(t.String({ title: "Provider", maxLength: 36 })),
      modelReason: t.Optional(short("Reason", 3, 500)),
      text: t.Optional(t.String({ title: "Provider", maxLength: 36 })),
      textReason: t.Optional(short("Reason", 3, 500)),
    }),
    refused: async (typed, problems, ctx, params) =>
      choices(ctx, 1, { service: params.service as ProviderService, form: refusedForm(typed, problems) }),
    run: async ({ params, body }, ctx) => {
      const here = hereIn(ctx);
      const service = params.service as ProviderService;
      const reason = body[`${service}Reason`];
      if (!reason) throw Problem.invalid({ [`${service}Reason`]: "Say why in a few words." });
      const wanted = body[service];
      const provider = wanted
        ? (await ctx.db.all(allProviders, {})).find((one) => one.id === wanted && one.service === service)
        : null;
      if (provider === undefined) throw Problem.invalid({ [service]: "Choose a provider from the list." });
      const why = provider && whyNotInForce(provider, ctx.now, ctx.house.config.environment);
      if (why) throw Problem.invalid({ [service]: `${why} It cannot be chosen.` });
      await ctx.db.all(insertChoice, {
        workspaceId: here.id,
        service,
        providerId: provider?.id ?? null,
        reason,
      });
      ctx.audit("core.provider_chosen", {
        provider: provider?.title ?? "no provider",
        service: serviceTitles[service].toLowerCase(),
        workspace: here.title,
        reason,
      });
      return new Redirect(
        `/w/${here.slug}/providers`,
        provider ? `${provider.title} serves ${here.title} from now on.` : "Switched off: nothing is sent any more.",
      );
    },
  }),
];

async function choices(
  ctx: OwnContext,
  page: number,
  refused?: { readonly service: ProviderService; readonly form: FormState },
): Promise<Html> {
  const here = hereIn(ctx);
  const all = await ctx.db.all(allProviders, {});
  const now = await ctx.db.all(choicesNow, {});
  const runs = await ctx.db.all(lastRuns, { offset: (page - 1) * 50 });
  const lines = (Object.keys(serviceTitles) as ProviderService[]).map((service) => {
    const choice = now.find((one) => one.service === service) ?? null;
    const current = all.find((one) => one.id === choice?.providerId) ?? null;
    return {
      service,
      current,
      why: current && whyNotInForce(current, ctx.now, ctx.house.config.environment),
      since: choice?.madeAt ?? null,
      reason: choice?.reason ?? null,
      offered: all.filter(
        (one) => one.service === service && whyNotInForce(one, ctx.now, ctx.house.config.environment) === null,
      ),
      form: refused?.service === service ? refused.form : undefined,
    };
  });
  return choicePage(
    here,
    lines,
    choiceTable(runs.slice(0, 50), { page, more: runs.length > 50, slug: here.slug }),
    refused?.form,
  );
}
