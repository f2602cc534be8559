/** The participant's own page: what was signed, what stands, who looked at it, and taking it back. */
import { auditOf } from "@core/audit/own-record.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { evidenceOf } from "../evidence.ts";
import { evidenceDocument } from "../evidence-document.ts";
import { findConsent } from "../found.ts";
import type { Econsent } from "../names.ts";
import { giveScan } from "../scan.ts";
import { openDues, standingFor } from "../standing.ts";
import { completionsOf, consentsOf, duesOf, papersOfSubject, standingsOf } from "../store/consents.ts";
import { dayOf } from "../versions.ts";
import { MinePage, WithdrawPage, WithdrawSurePage } from "../views/portal.tsx";
import { consequencesOf, scopesOf, withdrawable } from "../withdrawal.ts";
import { takeBack } from "../withdrawing.ts";
import { type Inside, insideOf, text } from "./portal-here.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();

export const mineRoutes = [
  get("/mine", {
    needs: "econsent.own",
    query: t.Object({ done: t.Optional(t.String()) }),
    async run({ query }, ctx) {
      const inside = await ownPage(ctx);
      const { subjectId } = inside.entry;
      const rows = await ctx.db.all(standingsOf, { subjectId });
      const dues = await ctx.db.all(duesOf, { subjectId });
      const today = dayOf(ctx.now);
      const given = rows.filter(({ scope, state }) => scope === "participation" && state === "given");
      const last = given.sort((a, b) => b.at.getTime() - a.at.getTime())[0];
      const consents = await ctx.db.all(consentsOf, { subjectId });
      const completions = await ctx.db.all(completionsOf, { subjectId });
      const papers = await ctx.db.all(papersOfSubject, { subjectId });
      return MinePage({
        ...inside,
        at: ctx.url(""),
        isDone: query.done !== undefined,
        papers: papers.map(({ id, madeAt }) => ({ on: madeAt, href: ctx.url(`/paper/${id}`) })),
        signed: completions.flatMap((completion) => {
          const consent = consents.find(({ id }) => id === completion.consentId);
          return consent
            ? [
                {
                  title: consent.document,
                  number: completion.number,
                  on: completion.madeAt,
                  href: ctx.url(`/copy/${consent.id}`),
                },
              ]
            : [];
        }),
        stands: last
          ? withdrawable.map((scope) => ({ scope, given: standingFor(scope, rows, dues, today) === "given" }))
          : [],
        newBy: last ? (openDues(dues, last.at)[0]?.dueOn ?? null) : null,
        looked: (await auditOf(ctx, subjectId, 50)).map((row) => ({ ...row, changed: row.act.startsWith("POST") })),
        mayWithdraw: last !== undefined,
      });
    },
  }),

  get("/withdraw", {
    needs: "econsent.own",
    query: t.Object({
      scope: t.Optional(t.Array(t.Union(withdrawable.map((one) => t.Literal(one))))),
      reason: text(1000),
    }),
    async run({ query }, ctx) {
      const inside = await ownPage(ctx);
      const chosen = query.scope ?? [];
      if (chosen.length === 0)
        return WithdrawPage({ ...inside, at: ctx.url(""), open: await standingScopes(ctx, inside) });
      const scopes = scopesOf(chosen);
      return WithdrawSurePage({
        ...inside,
        at: ctx.url(""),
        chosen,
        scopes,
        consequences: consequencesOf(scopes),
        reason: query.reason ?? "",
      });
    },
  }),

  post("/withdraw", {
    needs: "econsent.own",
    body: t.Object({ scope: t.Array(t.Union(withdrawable.map((one) => t.Literal(one)))), reason: text(1000) }),
    refused: async (typed, problems, ctx) => {
      const inside = await ownPage(ctx);
      return WithdrawPage({
        ...inside,
        at: ctx.url(""),
        open: await standingScopes(ctx, inside),
        form: formAgain(typed, problems),
      });
    },
    async run({ body }, ctx) {
      const inside = await ownPage(ctx);
      if (body.scope.length === 0) throw Problem.invalid({ scope: inside.words.withdrawNothing });
      await takeBack(ctx, {
        subjectId: inside.entry.subjectId,
        chosen: body.scope,
        reason: body.reason ?? null,
        told: "portal",
        keepLink: inside.entry.linkId,
      });
      return new Redirect(ctx.url("/mine?done=1"));
    },
  }),

  get("/copy/:id", {
    needs: "econsent.own",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const inside = await insideOf(ctx);
      if (inside.signer?.role === "witness") throw Problem.notFound();
      const found = await findConsent(ctx, params.id);
      const { language } = found.consent;
      const evidence = await evidenceOf(ctx, found, { names: true, language });
      return await ctx.pdf(
        "econsent.copy",
        `consent-${found.consent.id.slice(-6)}.pdf`,
        evidenceDocument(evidence, language),
        evidence.rowIds,
      );
    },
  }),

  get("/paper/:id", {
    needs: "econsent.own",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      await ownPage(ctx);
      return await giveScan(ctx, params.id, "econsent.own_scan");
    },
  }),
];

/** The participant's own page: for him, or for who decides for him; never for a witness. */
async function ownPage(ctx: Context<Econsent>): Promise<Inside> {
  const inside = await insideOf(ctx);
  if (inside.signer && (inside.signer.role === "witness" || !inside.signer.hasSigned)) throw Problem.notFound();
  return inside;
}

async function standingScopes(ctx: Context<Econsent>, { entry }: Inside) {
  const rows = await ctx.db.all(standingsOf, { subjectId: entry.subjectId });
  return withdrawable.filter((scope) => standingFor(scope, rows, [], dayOf(ctx.now)) === "given");
}
