/** Benchmarks: off until both programs have a written consent that stands; gone when one of them takes it back. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { medianOf, type RatedLevel } from "../level.ts";
import type { Milestones } from "../names.ts";
import { benchmarkConsents } from "../outlook-tables.ts";
import { choosePeriod, dayOf, periodTitle, readDay } from "../period.ts";
import { programIn } from "../program.ts";
import {
  addBenchmarkConsent,
  benchmarkConsentRows,
  benchmarkDocument,
  offerFigures,
  othersFigures,
  ownFigures,
  withdrawBenchmarkConsent,
} from "../store/benchmarks.ts";
import { allFrameworks, allPeriods, periodById } from "../store/frameworks.ts";
import { roster } from "../store/trainees.ts";
import { fileLimit } from "../uploaded-table.ts";
import { BenchmarkPage } from "../views/benchmarks.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const FEWEST = 5;
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const isPdf = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "%PDF-";

export const benchmarkRoutes = [
  get("/benchmark", {
    needs: "milestones.benchmark.manage",
    run: async (_, ctx) => BenchmarkPage(await pageOf(ctx)),
  }),

  post("/benchmark/consents", {
    needs: "milestones.benchmark.manage",
    bodyLimit: fileLimit,
    body: t.Object({
      title: t.String({ title: "Title", minLength: 1, maxLength: 200 }),
      signedBy: t.String({ title: "Signed by", minLength: 1, maxLength: 200 }),
      validFrom: t.String({ title: "From" }),
      validUntil: t.String({ title: "Until" }),
      file: upload({ title: "the signed document" }),
    }),
    refused: async (typed, problems, ctx) =>
      BenchmarkPage({ ...(await pageOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const [from, until] = [readDay(body.validFrom), readDay(body.validUntil)];
      if (!from) throw Problem.invalid({ validFrom: "Write the day as 2026-07-01." });
      if (!until || until <= from || Date.parse(until) - Date.parse(from) > 1095 * 86_400_000)
        throw Problem.invalid({ validUntil: "Choose a later day, three years ahead at most." });
      if (!isPdf(body.file.bytes)) throw Problem.invalid({ file: "Choose the signed document as a PDF." });
      const sha256 = new Bun.CryptoHasher("sha256").update(body.file.bytes).digest("hex");
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addBenchmarkConsent, {
        id,
        document: await ctx.seal(benchmarkConsents.document, body.file.bytes, { row: id }),
        title: body.title,
        signedBy: body.signedBy,
        validFrom: from,
        validUntil: until,
        sha256,
      });
      ctx.audit("milestones.benchmark_consented", { title: body.title, until });
      return new Redirect(ctx.url("/benchmark"), "On record, with the document sealed beside it.");
    },
  }),

  get("/benchmark/consents/:id/document", {
    needs: "milestones.benchmark.manage",
    params: byId,
    async run({ params }, ctx) {
      const { id, title, document } = await ctx.db.one(benchmarkDocument, params);
      if (!document) throw Problem.notFound("This consent was recorded before documents were kept here.");
      const bytes = await ctx.open(document, { row: id }, "to read a consent to benchmarks");
      return await ctx.file("milestones.agreement", title, { kind: "kept", type: "pdf", body: [bytes] }, [id]);
    },
  }),

  post("/benchmark/consents/:id/withdraw", {
    needs: "milestones.benchmark.manage",
    params: byId,
    async run({ params }, ctx) {
      const row = (await ctx.db.all(benchmarkConsentRows, {})).find((one) => one.id === params.id);
      if (!row) throw Problem.notFound();
      if (!(await ctx.db.first(withdrawBenchmarkConsent, { consentId: row.id })))
        throw Problem.refused("This consent was withdrawn already.");
      ctx.audit("milestones.benchmark_withdrawn", {});
      return new Redirect(ctx.url("/benchmark"), "Withdrawn. No other program sees a number of yours any more.");
    },
  }),

  post("/benchmark/offer", {
    needs: "milestones.benchmark.manage",
    body: t.Object({ periodId: t.String({ title: "Period", format: "uuid" }) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      if (!standing(await ctx.db.all(benchmarkConsentRows, {}), dayOf(ctx.now)))
        throw Problem.refused("Put a written consent on record first.");
      if (period.closesOn >= dayOf(ctx.now))
        throw Problem.refused("Figures are offered once the reporting of a period has closed.");
      const { places } = await programIn(ctx, period);
      const inUse = new Set((await ctx.db.all(roster, {})).map((row) => row.frameworkId));
      const specialty = (await ctx.db.all(allFrameworks, {})).find((row) => inUse.has(row.id))?.specialty;
      if (!specialty) throw Problem.refused("There is nobody in training.");
      const rated = new Map<string, RatedLevel[]>();
      for (const place of places)
        for (const [code, level] of place.levels)
          if (level.status === "rated") rated.set(code, [...(rated.get(code) ?? []), level]);
      const rows = [...rated].flatMap(([code, levels]) => {
        const middle = medianOf(levels);
        return middle && levels.length >= FEWEST
          ? [{ specialty, period: periodTitle(period), code, trainees: levels.length, middle: middle.halfSteps }]
          : [];
      });
      if (rows.length === 0) throw Problem.refused(`No code has results of ${FEWEST} trainees or more in this period.`);
      const added = await ctx.db.all(offerFigures(rows), {});
      ctx.audit("milestones.benchmark_offered", { period: periodTitle(period), count: added.length });
      return new Redirect(ctx.url("/benchmark"), `${added.length} figures offered.`);
    },
  }),
];

const standing = (
  rows: readonly { validFrom: string; validUntil: string; withdrawalId: string | null }[],
  today: string,
): boolean => rows.some((row) => !row.withdrawalId && row.validFrom <= today && row.validUntil >= today);

async function pageOf(ctx: Context<Milestones>) {
  const today = dayOf(ctx.now);
  const consents = await ctx.db.all(benchmarkConsentRows, {});
  const stands = standing(consents, today);
  const others = await ctx.db.all(othersFigures, {});
  const own = new Map(
    (await ctx.db.all(ownFigures, {})).map((row) => [`${row.specialty}|${row.period}|${row.code}`, row]),
  );
  const programs = new Set(others.map((row) => row.program));
  if (programs.size > 0) ctx.audit("milestones.benchmark_read", { count: programs.size });
  const periods = (await ctx.db.all(allPeriods, {})).filter((row) => row.closesOn < today);
  return {
    stands,
    today,
    consents: consents.map((row) => ({
      title: row.title,
      signedBy: row.signedBy,
      validFrom: row.validFrom,
      validUntil: row.validUntil,
      sha256: row.sha256,
      state: row.withdrawalId
        ? ("withdrawn" as const)
        : row.validUntil < today
          ? ("expired" as const)
          : row.validFrom > today
            ? ("later" as const)
            : ("stands" as const),
      documentHref: row.hasDocument ? ctx.url(`/benchmark/consents/${row.id}/document`) : null,
      withdrawAction: row.withdrawalId ? null : ctx.url(`/benchmark/consents/${row.id}/withdraw`),
    })),
    consentAction: ctx.url("/benchmark/consents"),
    offerAction: stands && periods.length > 0 ? ctx.url("/benchmark/offer") : null,
    periods: periods.map((row) => ({ value: row.id, label: periodTitle(row) })),
    period: choosePeriod(periods, undefined, today)?.id ?? "",
    offered: own.size,
    lines: others.map((row) => ({
      program: row.program,
      period: row.period,
      code: row.code,
      theirs: Number(row.middle) / 2,
      trainees: Number(row.trainees),
      own: own.get(`${row.specialty}|${row.period}|${row.code}`),
    })),
  };
}
