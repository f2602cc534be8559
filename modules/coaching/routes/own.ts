/** The member's own page, by a link without an account: consent, readings, and who looked at what. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import { statusOf } from "../consent.ts";
import type { Coaching } from "../names.ts";
import { addConsent, consentOf, memberById } from "../store/members.ts";
import { LinkPage, OwnPage } from "../views/own.tsx";
import { standingOf } from "./members.ts";
import { trendOf } from "./trend.ts";

const { get, post } = routesFor<Coaching>();
const linkDays = 30;
const linesAtFirst = 25;

export const ownRoutes = [
  get("/", {
    needs: "coaching.own",
    query: t.Object({ most: t.Optional(t.Integer({ minimum: 1, maximum: 1_000 })) }),
    async run({ query }, ctx) {
      const most = query.most ?? linesAtFirst;
      const record = await ctx.ownRecord(most + 1);
      const subjectId = ctx.actor.id ?? "";
      const member = await ctx.db.one(memberById, { subjectId });
      const ledger = await ctx.db.all(consentOf, { subjectId });
      return OwnPage({
        program: ctx.settings.program,
        phone: ctx.settings.phone,
        base: ctx.url("/"),
        locale: member.locale,
        status: statusOf(ledger.map((row) => ({ ...row, textHash: row.textSha256, words: null }))),
        ledger: ledger.map(({ kind, at, source }) => ({ kind, at, source })),
        trend: await trendOf(ctx, member),
        record: record.slice(0, most),
        moreHref: record.length > most ? ctx.url(`/?most=${Math.min(1_000, most * 4)}`) : null,
      });
    },
  }),
  post("/stop", {
    needs: "coaching.own",
    run: async (_, ctx) => settleOwn(ctx, "opted-out"),
  }),
  post("/pause", { needs: "coaching.own", run: async (_, ctx) => settleOwn(ctx, "paused") }),
  post("/resume", { needs: "coaching.own", run: async (_, ctx) => settleOwn(ctx, "resumed") }),
];

/** The outbox asks the ledger again before every text: from this row on nothing of it goes out. */
async function settleOwn(ctx: Context<Coaching>, kind: "opted-out" | "paused" | "resumed"): Promise<Redirect> {
  const subjectId = ctx.actor.id ?? "";
  const member = await ctx.db.one(memberById, { subjectId });
  await ctx.db.one(addConsent, {
    id: Bun.randomUUIDv7(),
    subjectId,
    kind,
    at: new Date(),
    source: "portal",
    textSha256: null,
    words: null,
  });
  ctx.audit("coaching.consent_recorded", { subjectId, member: member.code, what: kind, source: "portal" });
  return new Redirect(ctx.url("/"), "Done.");
}

/** Staff make the link; it is shown once. */
export const linkRoutes = [
  post("/members/:subject/link", {
    needs: "coaching.members.care",
    params: t.Object({ subject: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const until = new Date(ctx.now.getTime() + linkDays * 24 * 3_600_000);
      const path = await ctx.portalLink(member.subjectId, until);
      ctx.audit("coaching.member_changed", {
        subjectId: member.subjectId,
        member: member.code,
        what: "the link to the own page",
      });
      return LinkPage({
        path,
        until,
        name: (await ctx.names([member.subjectId])).get(member.subjectId) ?? member.code,
        crumbs: [{ label: "Members", href: ctx.url("/members") }],
        status: await standingOf(ctx, member),
      });
    },
  }),
];
