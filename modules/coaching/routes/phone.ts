/** Development only: a member's telephone on a page. What is typed goes through the same pipeline as a provider's webhook. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { Coaching } from "../names.ts";
import { pagerOf } from "../pages.ts";
import { keepInbound } from "../pipeline/receive.ts";
import { thread } from "../store/conversations.ts";
import { countMembers, memberById, membersFrom, standingNumbers, telephoneOf } from "../store/members.ts";
import { PhonePage, PhonesPage } from "../views/phone.tsx";

const { get, post } = routesFor<Coaching>();
const pageSize = 50;
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });

const onlyInDevelopment = (ctx: Context<Coaching>) => {
  if (!ctx.isDevelopment) throw Problem.notFound("Telephones are played in development only.");
};

export const phoneRoutes = [
  get("/phone", {
    needs: "coaching.phone",
    query: t.Object({ from: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })) }),
    async run({ query }, ctx) {
      onlyInDevelopment(ctx);
      const from = query.from ?? 0;
      const everybody = { isFound: false, found: [], coach: "", order: "code" };
      const total = Number((await ctx.db.one(countMembers, everybody)).total);
      const rows = await ctx.db.all(membersFrom, { ...everybody, from, most: pageSize });
      const names = await ctx.names(rows.map((row) => row.subjectId));
      return PhonesPage({
        pager: pagerOf(from, pageSize, total, (at) => ctx.url(`/phone?from=${at}`)),
        members: rows.map((row) => ({
          href: ctx.url(`/phone/${row.subjectId}`),
          name: names.get(row.subjectId) ?? row.code,
          code: row.code,
          locale: row.locale,
        })),
      });
    },
  }),
  get("/phone/:subject", {
    needs: "coaching.phone",
    params: bySubject,
    async run({ params }, ctx) {
      onlyInDevelopment(ctx);
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const rows = ctx.may("coaching.messages.read")
        ? await ctx.db.all(thread, { subjectId: member.subjectId, limit: 60, offset: 0 })
        : [];
      // What a telephone shows: what was delivered, and what was written on it.
      const shown = rows.filter(
        (row) =>
          row.direction === "in" || row.status === "delivered" || row.status === "sent" || row.status === "accepted",
      );
      const opened = await ctx.openMany(
        shown.map((row) => ({ value: row.body, at: { row: row.id, subject: member.subjectId } })),
        "to play a telephone",
      );
      return PhonePage({
        name: (await ctx.names([member.subjectId])).get(member.subjectId) ?? member.code,
        action: ctx.url(`/phone/${member.subjectId}`),
        crumbs: [{ label: "Telephones", href: ctx.url("/phone") }],
        threadHref: ctx.may("coaching.messages.read") ? ctx.url(`/members/${member.subjectId}`) : null,
        messages: shown
          .map((row, place) => ({
            isMine: row.direction === "in",
            text: opened[place] instanceof Locked ? "It cannot be opened now." : String(opened[place]),
            at: row.at,
          }))
          .reverse(),
      });
    },
  }),
  post("/phone/:subject", {
    needs: "coaching.phone",
    params: bySubject,
    body: t.Object({ text: t.String({ title: "Text", minLength: 1, maxLength: 1600 }) }),
    async run({ params, body }, ctx) {
      onlyInDevelopment(ctx);
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const { phone } = await ctx.db.one(telephoneOf, { subjectId: member.subjectId });
      if (!phone) throw Problem.refused("This member has no number.");
      const from = await ctx.open(phone, { row: member.subjectId, subject: member.subjectId }, "to play a telephone");
      const [number] = await ctx.db.all(standingNumbers, {});
      await keepInbound(
        ctx,
        {
          provider: "phone",
          providerId: Bun.randomUUIDv7(),
          from,
          to: number?.phone ?? "+15550100000",
          body: body.text,
          media: 0,
          handledByProvider: null,
        },
        ctx.now,
      );
      ctx.audit("coaching.phone_played", {});
      return new Redirect(ctx.url(`/phone/${member.subjectId}`), "Sent. Reload in a moment for the answer.");
    },
  }),
];
