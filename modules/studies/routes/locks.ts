/** Freezing and locking: set on any scope, lifted with a reason, the whole study by two people. */
import { type Context, type Errand, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion } from "../capture/version.ts";
import { demandsOf } from "../cleaning/demands.ts";
import { digestOf, hexOf } from "../design/canonical.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  askToLift,
  keepManifest,
  type LockRow,
  lift,
  lockById,
  manifestsOf,
  obstacles,
  participantDigests,
  setLock,
  standingLocks,
} from "../store/cleaning.ts";
import { participantOf } from "../store/participants.ts";
import { sheetById, sheetsOf } from "../store/sheets.ts";
import { allSites } from "../store/sites.ts";
import { verificationBySite } from "../store/verification.ts";
import { LockPage, LocksPage, ManifestPage } from "../views/cleaning.tsx";
import { titleOf } from "./cleaning.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const kind = t.Union([t.Literal("frozen"), t.Literal("locked")], { title: "How" });
const reason = t.String({ title: "Why", minLength: 3, maxLength: 1000 });
const target = t.Object({
  scope: t.Union([t.Literal("subject"), t.Literal("visit"), t.Literal("sheet"), t.Literal("item")]),
  subject: t.String({ format: "uuid" }),
  event: t.Optional(t.String({ maxLength: 200 })),
  visit: t.Optional(t.String({ maxLength: 60 })),
  sheet: t.Optional(t.String({ format: "uuid" })),
  item: t.Optional(t.String({ maxLength: 200 })),
});
type Target = typeof target.static;

export interface Manifest {
  readonly participants: readonly { readonly code: string; readonly values: number; readonly sha256: string }[];
  readonly unfinished: readonly string[];
}

/**
 * A locked study is weighed whole, whoever locks it: what he sees and what he is blinded to, each with a manifest of its
 * own. A digest over both would tell the allocation to whoever tries the few answers that it can be.
 */
export const writeManifests: Errand<{ readonly lockId: string; readonly unfinished: readonly string[] }, void> = {
  name: "studies.write_manifests",
  title: "Weigh every answer of a study that is locked",
  permissions: [
    "studies.data.read",
    "studies.allocation.read",
    "studies.progress.read",
    "studies.lock",
    "core.subjects.read",
  ],
  async run({ lockId, unfinished }, ctx) {
    for (const blinded of [false, true]) {
      const participants = (await ctx.db.all(participantDigests, { blinded })).map(({ code, values, sha256 }) => ({
        code,
        values,
        sha256,
      }));
      const manifest: Manifest = { participants, unfinished };
      await ctx.db.all(keepManifest, { lockId, manifest, sha256: digestOf(manifest), blinded });
    }
  },
};

/** The digests of now, over everything: who looks sees which participants changed, and no answer. */
export const weighAgain: Errand<{ readonly blinded: boolean }, readonly (readonly [string, string])[]> = {
  name: "studies.weigh_again",
  title: "Weigh every answer of a locked study again",
  permissions: ["studies.data.read", "studies.allocation.read", "core.subjects.read"],
  run: async ({ blinded }, ctx) =>
    (await ctx.db.all(participantDigests, { blinded })).map(({ code, sha256 }) => [code, sha256]),
};

export const lockRoutes = [
  get("/locks", { needs: "studies.progress.read", run: async (_, ctx) => locksPage(ctx) }),

  post("/locks", {
    needs: "studies.lock",
    body: t.Object({ scope: t.String({ title: "What", maxLength: 60 }), kind, reason, anyway: t.Boolean() }),
    refused: async (typed, problems, ctx) => locksPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const sites = await ctx.db.all(allSites, {});
      const site = sites.find(({ id }) => id === body.scope);
      if (body.scope !== "study" && !site) throw Problem.invalid({ scope: "Choose a site, or the study." });
      const standing = await ctx.db.all(standingLocks, {});
      if (standing.some((one) => one.kind === body.kind && (site ? one.siteId === site.id : one.scope === "study")))
        throw Problem.invalid({ scope: `This is ${body.kind} already.` });
      const open = await obstaclesIn(ctx, site ? { siteId: site.id } : {});
      if (body.kind === "locked" && open.length > 0 && !body.anyway)
        throw Problem.invalid({
          anyway: `Not finished: ${open.join(", ")}. Finish it, or say that it is locked all the same.`,
        });
      const id = Bun.randomUUIDv7();
      await ctx.db.all(setLock, {
        id,
        kind: body.kind,
        scope: site ? "site" : "study",
        siteId: site?.id ?? null,
        subjectId: null,
        event: null,
        eventKey: null,
        sheetId: null,
        item: null,
        reason: withObstacles(body.reason, body.kind === "locked" ? open : []),
      });
      if (!site && body.kind === "locked") await ctx.errand(writeManifests, { lockId: id, unfinished: open });
      ctx.audit("studies.locked", { what: site?.name ?? "the whole study", how: body.kind });
      return new Redirect(ctx.url("/locks"), `${site?.name ?? "The study"} is ${body.kind}.`);
    },
  }),

  get("/locks/new", {
    needs: "studies.freeze",
    query: target,
    run: async ({ query }, ctx) => lockPage(ctx, query),
  }),

  post("/locks/new", {
    needs: "studies.freeze",
    body: t.Composite([target, t.Object({ kind, reason, anyway: t.Boolean() })]),
    refused: async (typed, problems, ctx) => lockPage(ctx, targetFrom(typed), formAgain(typed, problems)),
    async run({ body }, ctx) {
      if (body.kind === "locked" && !ctx.may("studies.lock"))
        throw new Problem("forbidden", "You may freeze. Locking is a data manager's act.");
      const aim = await aimOf(ctx, body);
      if (body.kind === "locked" && aim.obstacles.length > 0 && !body.anyway)
        throw Problem.invalid({ anyway: `Not finished: ${aim.obstacles.join(", ")}.` });
      await ctx.db.all(setLock, {
        id: Bun.randomUUIDv7(),
        kind: body.kind,
        scope: body.scope,
        siteId: null,
        subjectId: body.subject,
        event: body.scope === "visit" ? (body.event ?? "") : null,
        eventKey: body.scope === "visit" ? (body.visit ?? "") : null,
        sheetId: body.scope === "sheet" || body.scope === "item" ? (body.sheet ?? null) : null,
        item: body.scope === "item" ? (body.item ?? null) : null,
        reason: withObstacles(body.reason, body.kind === "locked" ? aim.obstacles : []),
      });
      ctx.audit("studies.locked", { subjectId: body.subject, what: aim.title, how: body.kind });
      return new Redirect(ctx.url(`/participants/${body.subject}`), `${aim.title} is ${body.kind}.`);
    },
  }),

  post("/locks/:id/lift", {
    needs: "studies.freeze",
    params: byId,
    body: t.Object({ liftReason: reason }),
    refused: async (typed, problems, ctx) => locksPage(ctx, formAgain(typed, problems)),
    run: async ({ params, body }, ctx) => lifted(ctx, params.id, body.liftReason),
  }),

  // An administrator may lift what he may not set.
  post("/locks/:id/unlock", {
    needs: "studies.unlock",
    params: byId,
    body: t.Object({ liftReason: reason }),
    refused: async (typed, problems, ctx) => locksPage(ctx, formAgain(typed, problems)),
    run: async ({ params, body }, ctx) => lifted(ctx, params.id, body.liftReason),
  }),

  get("/locks/:id/manifest", {
    needs: "studies.progress.read",
    params: byId,
    async run({ params }, ctx) {
      // The database keeps it from whoever reaches one site only: it names every participant.
      const kept = await ctx.db.all(manifestsOf, { lockId: params.id });
      if (kept.length === 0) throw Problem.notFound("This lock has no manifest.");
      const parts = [];
      for (const row of kept) {
        const manifest = row.manifest as Manifest;
        const now = new Map(await ctx.errand(weighAgain, { blinded: row.blinded }));
        const before = new Set(manifest.participants.map(({ code }) => code));
        parts.push({
          title: row.blinded ? "Blinded answers" : "Answers",
          sha256: hexOf(row.sha256),
          unfinished: manifest.unfinished,
          lines: [
            ...manifest.participants.map((line) => ({ ...line, now: now.get(line.code) ?? null })),
            ...[...now].flatMap(([code, sha256]) =>
              before.has(code) ? [] : [{ code, values: 0, sha256: "", now: sha256 }],
            ),
          ],
        });
      }
      return ManifestPage({
        crumbs: [{ label: "Freeze and lock", href: ctx.url("/locks") }],
        at: kept[0]?.madeAt ?? ctx.now,
        parts,
      });
    },
  }),
];

async function lifted(ctx: Context<Studies>, id: string, why: string) {
  const lock = await ctx.db.one(lockById, { id });
  if (lock.liftedAt) throw new Problem("conflict", "This lock was lifted already.");
  if (lock.kind === "locked" && !ctx.may("studies.unlock"))
    throw new Problem("forbidden", "You may thaw what is frozen. A lock is lifted by a data manager.");
  const what = await whatOf(ctx, lock);
  if (lock.scope === "study" && lock.kind === "locked") {
    if (!lock.liftAskedBy) {
      await ctx.db.one(askToLift, { id, actor: ctx.actor.id, reason: why });
      ctx.audit("studies.unlock_asked", { what });
      return new Redirect(
        ctx.url("/locks"),
        "It is asked for. A second person has to agree before the study is open again.",
      );
    }
    if (lock.liftAskedBy === ctx.actor.id) throw Problem.refused("You asked for it: a second person has to agree.");
  }
  if (lock.scope === "study" && lock.kind === "frozen" && !lock.liftAskedBy)
    await ctx.db.one(askToLift, { id, actor: ctx.actor.id, reason: why });
  if (lock.scope === "study" && lock.kind === "frozen" && (lock.liftAskedBy ?? ctx.actor.id) === ctx.actor.id)
    return new Redirect(ctx.url("/locks"), "It is asked for. A second person has to agree.");
  await ctx.db.one(lift, { id, actor: ctx.actor.id, reason: why });
  ctx.audit("studies.unlocked", { ...(lock.subjectId ? { subjectId: lock.subjectId } : {}), what });
  return new Redirect(ctx.url("/locks"), `${what} is open again.`);
}

const withObstacles = (why: string, open: readonly string[]): string =>
  open.length === 0 ? why : `${why} (locked although: ${open.join(", ")})`.slice(0, 1000);

async function obstaclesIn(ctx: Context<Studies>, only: Parameters<typeof obstacles>[0]): Promise<string[]> {
  const [found] = await ctx.db.all(obstacles(only), {});
  const { demands } = await demandsOf(ctx);
  const compared = await ctx.db.all(verificationBySite(demands, only), {});
  const left = compared.reduce((sum, row) => sum + row.waiting + row.again, 0);
  const say = (count: number | undefined, one: string, many: string) =>
    count && count > 0 ? [`${count} ${count === 1 ? one : many}`] : [];
  return [
    ...say(found?.unfinished, "form is not complete", "forms are not complete"),
    ...say(found?.asked, "form has an open query", "forms have open queries"),
    ...say(found?.undecided, "form waits for its second entry", "forms wait for their second entry"),
    ...say(left, "answer is not compared with its source", "answers are not compared with their source"),
    ...say(found?.unsigned, "complete form is not signed", "complete forms are not signed"),
  ];
}

const targetFrom = (typed: Readonly<Record<string, unknown>>): Target => {
  const one = (name: string) =>
    typeof typed[name] === "string" && typed[name] !== "" ? (typed[name] as string) : undefined;
  return {
    scope: (one("scope") as Target["scope"] | undefined) ?? "subject",
    subject: one("subject") ?? "",
    ...(one("event") ? { event: one("event") as string } : {}),
    ...(one("visit") ? { visit: one("visit") as string } : {}),
    ...(one("sheet") ? { sheet: one("sheet") as string } : {}),
    ...(one("item") ? { item: one("item") as string } : {}),
  };
};

async function aimOf(ctx: Context<Studies>, aim: Target) {
  const participant = await ctx.db.one(participantOf, { subjectId: aim.subject });
  if (aim.scope === "subject")
    return { title: participant.code, obstacles: await obstaclesIn(ctx, { subjectId: aim.subject }) };
  const sheets = await ctx.db.all(sheetsOf, { subjectId: aim.subject });
  if (aim.scope === "sheet" || aim.scope === "item") {
    const sheet = sheets.find(({ id }) => id === aim.sheet);
    if (!sheet) throw Problem.notFound();
    const title = `${participant.code} · ${await titleOf(ctx, sheet)}`;
    if (aim.scope === "sheet") return { title, obstacles: await obstaclesIn(ctx, { sheetIds: [sheet.id] }) };
    const field = await fieldTitle(ctx, sheet, aim.item ?? "");
    if (!field) throw Problem.notFound("There is no such field on this form.");
    return { title: `${title} · ${field}`, obstacles: [] };
  }
  const own = sheets.filter((sheet) => sheet.event === aim.event && sheet.eventKey === (aim.visit ?? ""));
  return {
    title: `${participant.code} · ${aim.event}`,
    obstacles: own.length > 0 ? await obstaclesIn(ctx, { sheetIds: own.map(({ id }) => id) }) : [],
  };
}

async function fieldTitle(
  ctx: Context<Studies>,
  sheet: { readonly versionId: string; readonly form: string },
  item: string,
): Promise<string | null> {
  const plan = await planOfVersion(ctx, sheet.versionId);
  const place = plan.entries.get(sheet.form)?.find((one) => one.item.id === item);
  return place ? anyText(place.item.question, plan.build.languages[0] ?? "") || place.item.name : null;
}

const kindsFor = (ctx: Context<Studies>) => [
  { value: "frozen", label: "Freeze: nothing is entered" },
  ...(ctx.may("studies.lock") ? [{ value: "locked", label: "Lock: nothing at all" }] : []),
];

async function lockPage(ctx: Context<Studies>, aim: Target, form?: FormState) {
  const { title, obstacles: open } = await aimOf(ctx, aim);
  return LockPage({
    title,
    crumbs: [
      { label: "Participants", href: ctx.url("/participants") },
      { label: "Casebook", href: ctx.url(`/participants/${aim.subject}`) },
    ],
    action: ctx.url("/locks/new"),
    hidden: Object.fromEntries(Object.entries(aim).map(([name, value]) => [name, String(value ?? "")])),
    kinds: kindsFor(ctx),
    obstacles: open,
    form,
  });
}

async function whatOf(ctx: Context<Studies>, lock: LockRow): Promise<string> {
  if (lock.scope === "study") return "The whole study";
  if (lock.scope === "site")
    return (await ctx.db.all(allSites, {})).find(({ id }) => id === lock.siteId)?.name ?? "A site";
  const participant = lock.subjectId ? await ctx.db.first(participantOf, { subjectId: lock.subjectId }) : null;
  const code = participant?.code ?? "A participant of another site";
  if (lock.scope === "visit") return `${code} · ${lock.event}${lock.eventKey ? ` ${lock.eventKey}` : ""}`;
  if (lock.scope === "subject" || !lock.sheetId) return code;
  const sheet = await ctx.db.first(sheetById, { id: lock.sheetId });
  if (!sheet) return code;
  const form = `${code} · ${await titleOf(ctx, sheet)}`;
  return lock.item ? `${form} · ${(await fieldTitle(ctx, sheet, lock.item)) ?? lock.item}` : form;
}

async function locksPage(ctx: Context<Studies>, form?: FormState) {
  const rows = await ctx.db.all(standingLocks, {});
  const sites = await ctx.db.all(allSites, {});
  const people = await ctx.people(rows.flatMap((row) => [row.madeBy, row.liftAskedBy]));
  const lines = [];
  for (const row of rows) {
    const mayLift = row.kind === "frozen" ? ctx.may("studies.freeze") : ctx.may("studies.unlock");
    lines.push({
      id: row.id,
      kind: row.kind,
      what: await whatOf(ctx, row),
      reason: row.reason,
      by: people.get(row.madeBy ?? "") ?? "Someone who has left",
      at: row.madeAt,
      lift: mayLift ? ctx.url(`/locks/${row.id}/${row.kind === "frozen" ? "lift" : "unlock"}`) : null,
      asked: row.liftAskedBy
        ? `${people.get(row.liftAskedBy) ?? "Someone"} asks to lift it: ${row.liftReason ?? ""}`
        : null,
      manifest:
        row.scope === "study" && row.kind === "locked" && (await ctx.db.all(manifestsOf, { lockId: row.id })).length > 0
          ? ctx.url(`/locks/${row.id}/manifest`)
          : null,
    });
  }
  return LocksPage({
    locks: lines,
    set: ctx.may("studies.lock")
      ? {
          action: ctx.url("/locks"),
          scopes: [
            ...sites.map((site) => ({ value: site.id, label: site.name })),
            { value: "study", label: "The whole study" },
          ],
          kinds: kindsFor(ctx),
        }
      : null,
    form,
  });
}
