/** Releases to third parties: asked for, consented to by both, downloaded once. A POST, because it happens once. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { historyOf } from "../history.ts";
import { levelInWords } from "../level.ts";
import type { Milestones } from "../names.ts";
import { thirdPartyRequests } from "../outlook-tables.ts";
import { dayOf, readDay } from "../period.ts";
import { evidenceOf } from "../store/evaluations.ts";
import {
  askThirdParty,
  consentsTo,
  consentTo,
  endThirdParty,
  noteDownload,
  type ThirdPartyRow,
  thirdParties,
  thirdPartyById,
} from "../store/third-parties.ts";
import { roster, type TraineeRow, traineeById, traineeOfPerson } from "../store/trainees.ts";
import {
  contentHash,
  contentText,
  type Scope,
  scopes,
  type ThirdPartyContent,
  thirdPartyState,
} from "../third-party.ts";
import { thirdPartyDocument } from "../third-party-document.ts";
import { ConsentPage, ThirdPartiesPage } from "../views/third-parties.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const scopeNames = Object.keys(scopes) as Scope[];

export const thirdPartyRoutes = [
  get("/third-parties", {
    needs: "milestones.releases.read",
    run: async (_, ctx) => ThirdPartiesPage(await listOf(ctx)),
  }),

  post("/third-parties", {
    needs: "milestones.releases.ask",
    body: t.Object({
      subjectId: t.Optional(t.String({ title: "Trainee", format: "uuid" })),
      recipient: t.String({ title: "Recipient", minLength: 3, maxLength: 300 }),
      purpose: t.String({ title: "Purpose", minLength: 3, maxLength: 1000 }),
      scope: t.Array(t.Union(scopeNames.map((name) => t.Literal(name))), { title: "What", maxItems: 10 }),
      expiresOn: t.String({ title: "Until" }),
    }),
    refused: async (typed, problems, ctx) =>
      ThirdPartiesPage({ ...(await listOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const trainee = await traineeFor(ctx, body.subjectId);
      const expiresOn = readDay(body.expiresOn);
      const today = dayOf(ctx.now);
      if (!expiresOn || expiresOn < today || Date.parse(expiresOn) - Date.parse(today) > 92 * 86_400_000)
        throw Problem.invalid({ expiresOn: "Choose a day within the next three months, as 2026-12-31." });
      if (body.scope.length === 0) throw Problem.invalid({ scope: "Choose what is to be released." });
      const { subjectId, code } = trainee;
      const text = contentText({ recipient: body.recipient, purpose: body.purpose, scope: body.scope, expiresOn });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(askThirdParty, {
        id,
        subjectId,
        content: await ctx.seal(thirdPartyRequests.content, text, { row: id, subject: subjectId }),
        sha256: contentHash(text),
        expiresOn,
      });
      ctx.audit("milestones.release_asked", { subjectId, trainee: code });
      return new Redirect(
        ctx.url("/third-parties"),
        "Asked. Nothing leaves before both have consented to exactly this.",
      );
    },
  }),

  get("/third-parties/:id/consent", {
    needs: "milestones.releases.ask",
    params: byId,
    run: async ({ params }, ctx) => ConsentPage(await consentPageOf(ctx, params.id)),
  }),

  post("/third-parties/:id/consent", {
    needs: "milestones.releases.ask",
    signs: "milestones.release_consented",
    params: byId,
    body: t.Object({ sha256: t.String({ title: "Content", maxLength: 64 }) }),
    refused: async (typed, problems, ctx, params) =>
      ConsentPage({
        ...(await consentPageOf(ctx, (params as { id: string }).id)),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(thirdPartyById, params);
      if (body.sha256 !== row.sha256) throw Problem.refused("This is not what you looked at. Reload the page.");
      const { side, code, why } = await consentingTo(ctx, row);
      if (why) throw Problem.refused(why);
      const signatureId = await ctx.sign(signedRecord(row));
      await ctx.db.one(consentTo, {
        requestId: row.id,
        subjectId: row.subjectId,
        side,
        sha256: row.sha256,
        signatureId,
      });
      ctx.audit("milestones.release_consented", {
        subjectId: row.subjectId,
        trainee: code,
        side,
        sha256: row.sha256.slice(0, 16),
      });
      return new Redirect(ctx.url("/third-parties"), "Your consent is signed and on record.");
    },
  }),

  post("/third-parties/:id/end", {
    needs: "milestones.releases.ask",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(thirdPartyById, params);
      if (row.downloadId) throw Problem.refused("It has left already. A copy that has left cannot be called back.");
      if (row.endingId) throw Problem.refused("This was taken back already.");
      await ctx.db.one(endThirdParty, { requestId: row.id, subjectId: row.subjectId });
      const { code } = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      ctx.audit("milestones.release_ended", { subjectId: row.subjectId, trainee: code });
      return new Redirect(ctx.url("/third-parties"), "Taken back. Nothing leaves.");
    },
  }),

  post("/third-parties/:id/release.pdf", {
    needs: "milestones.releases.download",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(thirdPartyById, params);
      const sides = (await ctx.db.all(consentsTo, {})).filter((one) => one.requestId === row.id).length;
      const state = thirdPartyState(
        { ended: row.endingId !== null, left: row.downloadId !== null, expiresOn: row.expiresOn, sides },
        dayOf(ctx.now),
      );
      if (state !== "ready") throw Problem.refused(whyNot[state]);
      const content = await contentOf(ctx, row);
      if (!content) throw Problem.refused("What was consented to cannot be opened now.");
      const trainee = await ctx.db.one(traineeById, { subjectId: row.subjectId });
      const history = await historyOf(ctx, trainee);
      const evaluations = content.scope.includes("evaluations")
        ? await ctx.db.all(evidenceOf, { subjectId: row.subjectId })
        : [];
      await ctx.db.one(noteDownload, { requestId: row.id, subjectId: row.subjectId });
      ctx.audit("milestones.release_left", { subjectId: row.subjectId, trainee: trainee.code });
      const released = history.results.filter(({ decision }) => decision.releaseId && !decision.reopeningId);
      const document = thirdPartyDocument({
        content,
        signatures: (await ctx.signatures([signedRecord(row)])).get(row.id) ?? [],
        sha256: row.sha256,
        name: (await ctx.names([row.subjectId])).get(row.subjectId) ?? trainee.code,
        program: ctx.workspace.title,
        periods: released.map(({ title, short }) => ({ title, short })),
        courses: history.subcompetencies.map(({ id, code, title }) => ({
          code,
          title,
          levels: released.map(({ levels }) => levels.get(id) ?? null),
          words: released.map(({ levels }) => {
            const level = levels.get(id);
            return level ? levelInWords(level) : "–";
          }),
        })),
        evaluations: evaluations.map(({ rotation, submittedAt }) => ({
          rotation,
          day: submittedAt ? dayOf(submittedAt) : "",
        })),
      });
      return await ctx.pdf("milestones.third_party", `release-${trainee.code}.pdf`, document, [row.id]);
    },
  }),
];

/** What both sign: the text of what is asked, by its digest. */
const signedRecord = ({ id, subjectId, sha256, expiresOn }: ThirdPartyRow) => ({
  record: "milestones.third_party_requests",
  row: id,
  subjectId,
  content: { sha256, expiresOn },
});

/** On whose behalf the reader would consent, and what stands in the way. */
async function consentingTo(ctx: Context<Milestones>, row: ThirdPartyRow) {
  const trainee = await ctx.db.one(traineeById, { subjectId: row.subjectId });
  const side = trainee.personId === ctx.actor.id ? ("trainee" as const) : ("director" as const);
  const given = (await ctx.db.all(consentsTo, {})).filter((one) => one.requestId === row.id);
  const why =
    side === "director" && !ctx.may("milestones.decide")
      ? "Only the program director consents for the program."
      : given.some((one) => one.side === side)
        ? "You have consented already."
        : row.endingId || row.expiresOn < dayOf(ctx.now)
          ? "This request has ended."
          : null;
  return { side, code: trainee.code, why };
}

async function consentPageOf(ctx: Context<Milestones>, id: string) {
  const row = await ctx.db.one(thirdPartyById, { id });
  const { side, code, why } = await consentingTo(ctx, row);
  return {
    crumbs: [{ label: "Third parties", href: ctx.url("/third-parties") }],
    trainee: (await ctx.names([row.subjectId])).get(row.subjectId) ?? code,
    side,
    why,
    content: await contentOf(ctx, row),
    sha256: row.sha256,
    action: ctx.url(`/third-parties/${row.id}/consent`),
    signing: await ctx.signing("milestones.release_consented"),
  };
}

const whyNot = {
  waiting: "Both director and trainee have to consent first.",
  left: "This was downloaded already. It leaves once; ask again if it is needed again.",
  ended: "A consent was taken back.",
  expired: "This request has expired.",
} as const;

async function traineeFor(ctx: Context<Milestones>, subjectId: string | undefined): Promise<TraineeRow> {
  const own = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  if (own) return own;
  if (!subjectId) throw Problem.invalid({ subjectId: "Choose a trainee." });
  return await ctx.db.one(traineeById, { subjectId });
}

async function contentOf(ctx: Context<Milestones>, row: ThirdPartyRow): Promise<ThirdPartyContent | null> {
  const [text] = await ctx.openMany(
    [{ value: row.content, at: { row: row.id, subject: row.subjectId } }],
    "to show what a third party asks for",
  );
  if (text === undefined || text instanceof Locked || contentHash(text) !== row.sha256) return null;
  return JSON.parse(text) as ThirdPartyContent;
}

async function listOf(ctx: Context<Milestones>) {
  const rows = await ctx.db.all(thirdParties, {});
  const consents = Map.groupBy(await ctx.db.all(consentsTo, {}), (row) => row.requestId);
  const own = await ctx.db.first(traineeOfPerson, { personId: ctx.actor.id ?? "" });
  const names = await ctx.names(rows.map((row) => row.subjectId));
  const today = dayOf(ctx.now);
  const trainees = own ? [] : await ctx.db.all(roster, {});
  const traineeNames = await ctx.names(trainees.map((row) => row.subjectId));
  const signed = await ctx.signatures(rows.map(signedRecord));
  const lines = [];
  for (const row of rows) {
    const given = consents.get(row.id) ?? [];
    const content = await contentOf(ctx, row);
    const state = thirdPartyState(
      { ended: row.endingId !== null, left: row.downloadId !== null, expiresOn: row.expiresOn, sides: given.length },
      today,
    );
    const side = own ? "trainee" : "director";
    lines.push({
      trainee: names.get(row.subjectId) ?? "A trainee",
      content,
      sha256: row.sha256,
      state,
      signatures: signed.get(row.id) ?? [],
      consentHref:
        state === "waiting" && !given.some((one) => one.side === side)
          ? ctx.url(`/third-parties/${row.id}/consent`)
          : null,
      endAction: state === "waiting" || state === "ready" ? ctx.url(`/third-parties/${row.id}/end`) : null,
      downloadAction:
        state === "ready" && ctx.may("milestones.releases.download")
          ? ctx.url(`/third-parties/${row.id}/release.pdf`)
          : null,
    });
  }
  return {
    action: ctx.url("/third-parties"),
    trainees: own
      ? null
      : trainees.map((row) => ({ value: row.subjectId, label: traineeNames.get(row.subjectId) ?? row.code })),
    lines,
  };
}
