/** The list, its file, and asking again after an amendment. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { inForce } from "../effect.ts";
import type { Econsent } from "../names.ts";
import { standpoints } from "../overview.ts";
import { openDues, type StandingRow } from "../standing.ts";
import { addDues, allCompletions, allConsents, allDues, allParticipants, allStandings } from "../store/consents.ts";
import { allSites, versionById } from "../store/documents.ts";
import { dayOf, versionStandings } from "../versions.ts";
import { OverviewPage, personStates, type Wave, WavesPage } from "../views/overview.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const PAGE = 50;

export const overviewRoutes = [
  get("/", {
    needs: "econsent.status.read",
    query: t.Object({
      q: t.Optional(t.String({ maxLength: 40 })),
      site: t.Optional(t.String({ maxLength: 40 })),
      state: t.Optional(t.Union(personStates.map((one) => t.Literal(one)))),
      from: t.Optional(t.Integer({ minimum: 0 })),
    }),
    async run({ query }, ctx) {
      const { q = "", site = "", state } = query;
      const all = await standpoints(ctx);
      const wanted = all.filter(
        (one) =>
          one.person.code.toLowerCase().includes(q.toLowerCase()) &&
          (site === "" || one.person.site === site) &&
          (state === undefined || one.state === state),
      );
      const from = Math.min(query.from ?? 0, Math.max(0, wanted.length - 1));
      const shown = wanted.slice(from, from + PAGE);
      const seesNames = ctx.may("core.identities.open");
      const names = seesNames ? await ctx.names(shown.map(({ person }) => person.id)) : new Map<string, string>();
      const here = ctx.url("/");
      const at = (to: number) =>
        `${here}?${new URLSearchParams({ q, site, state: state ?? "", from: String(to) }).toString()}`;
      return OverviewPage({
        here,
        addHref: ctx.may("econsent.obtain") ? ctx.url("/participants/new") : null,
        csvHref: ctx.may("econsent.export.redacted") ? ctx.url("/status.csv") : null,
        sites: [...new Set(all.flatMap(({ person }) => (person.site ? [person.site] : [])))]
          .sort()
          .map((value) => ({ value, label: value })),
        filter: { q, site, state: state ?? "" },
        counts: personStates.map((one) => ({ state: one, count: all.filter((row) => row.state === one).length })),
        seesNames,
        lines: shown.map(({ person, state: where, version, waits, saidNo }) => ({
          code: person.code,
          name: names.get(person.id) ?? "",
          href: ctx.url(`/participants/${person.id}`),
          site: person.site ?? "",
          state: where,
          version: version === null ? "" : String(version),
          waits,
          choices: saidNo.join(", "),
        })),
        page: {
          from: wanted.length === 0 ? 0 : from + 1,
          to: from + shown.length,
          total: wanted.length,
          ...(from > 0 ? { previous: at(Math.max(0, from - PAGE)) } : {}),
          ...(from + PAGE < wanted.length ? { next: at(from + PAGE) } : {}),
        },
      });
    },
  }),

  get("/status.csv", {
    needs: "econsent.export.redacted",
    async run(_, ctx) {
      const all = await standpoints(ctx);
      return await ctx.csv(
        "econsent.status",
        `consent-status-${dayOf(ctx.now)}`,
        {
          columns: [
            { title: "code", kind: "text" },
            { title: "site", kind: "text" },
            { title: "state", kind: "text" },
            { title: "version", kind: "text" },
            { title: "waits_for", kind: "text" },
            { title: "said_no_to", kind: "text" },
          ],
          rows: all.map(({ person, state, version, waits, saidNo }) => [
            person.code,
            person.site ?? "",
            state,
            version === null ? "" : String(version),
            waits,
            saidNo.join(", "),
          ]),
        },
        all.map(({ person }) => person.id),
      );
    },
  }),

  get("/again", { needs: "econsent.status.read", run: async (_, ctx) => WavesPage(await wavesPage(ctx)) }),
  post("/versions/:id/again", {
    needs: "econsent.waves",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({ dueOn: t.String({ title: "To be signed by", format: "date" }) }),
    refused: async (typed, problems, ctx) => WavesPage({ ...(await wavesPage(ctx)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const version = await ctx.db.one(versionById, params);
      if (body.dueOn < dayOf(ctx.now)) throw Problem.invalid({ dueOn: "Choose a day that is not past." });
      if (!version.asksAgain || !version.publicationId)
        throw Problem.refused("This version does not ask anybody again.");
      const who = (await toAsk(ctx)).filter(({ versionIds }) => versionIds.includes(version.id));
      if (who.length === 0) throw Problem.refused("There is nobody whom you could ask again now.");
      await ctx.db.all(
        addDues(
          who.map(({ subjectId }) => ({
            subjectId,
            documentId: version.documentId,
            number: version.number,
            cause: "amendment" as const,
            dueOn: body.dueOn,
          })),
        ),
        {},
      );
      ctx.audit("econsent.wave_begun", {
        count: who.length,
        number: version.number,
        document: version.document,
        due: body.dueOn,
      });
      return new Redirect(ctx.url("/again"), `${who.length} to be signed again by ${body.dueOn}.`);
    },
  }),
];

/** Participants whose consent stands on an earlier number than one in force for them that asks again. */
async function toAsk(ctx: Context<Econsent>) {
  const today = dayOf(ctx.now);
  const versions = await versionStandings(ctx);
  const completions = await ctx.db.all(allCompletions, {});
  const consents = new Map((await ctx.db.all(allConsents, {})).map((row) => [row.id, row]));
  const standings = Map.groupBy(await ctx.db.all(allStandings, {}), (row) => row.subjectId);
  const dues = await ctx.db.all(allDues, {});
  return (await ctx.db.all(allParticipants, {})).flatMap((person) => {
    const whole = newest(standings.get(person.id) ?? []);
    if (whole?.state !== "given") return [];
    const own = completions.filter(({ subjectId }) => subjectId === person.id);
    const versionIds = [...new Set(own.flatMap(({ consentId }) => consents.get(consentId)?.documentId ?? []))].flatMap(
      (documentId) => {
        const last = own.filter(({ consentId }) => consents.get(consentId)?.documentId === documentId);
        const number = Math.max(...last.map((one) => one.number));
        const { language = "en" } = consents.get(last[0]?.consentId ?? "") ?? {};
        const current = inForce(versions, documentId, person.siteId, language, today);
        const asksAgain = versions.some(
          (one) =>
            one.documentId === documentId &&
            one.number > number &&
            one.number <= (current?.number ?? 0) &&
            one.row.asksAgain,
        );
        if (!current || current.number <= number || !asksAgain) return [];
        if (
          dues.some(
            (due) => due.subjectId === person.id && due.documentId === documentId && due.number >= current.number,
          )
        )
          return [];
        // All languages of one number are one wave: it is begun by whichever of them asks again.
        return versions
          .filter((one) => one.documentId === documentId && one.number === current.number && one.row.asksAgain)
          .map(({ id }) => id);
      },
    );
    return versionIds.length > 0 ? [{ subjectId: person.id, site: person.site, versionIds }] : [];
  });
}

const newest = (rows: readonly StandingRow[]) =>
  rows.filter(({ scope }) => scope === "participation").sort((a, b) => b.at.getTime() - a.at.getTime())[0];

async function wavesPage(ctx: Context<Econsent>) {
  const today = dayOf(ctx.now);
  const versions = await versionStandings(ctx);
  const people = new Map((await ctx.db.all(allParticipants, {})).map((row) => [row.id, row]));
  const standings = Map.groupBy(await ctx.db.all(allStandings, {}), (row) => row.subjectId);
  const who = await toAsk(ctx);
  const sites = (await ctx.db.all(allSites, {})).map(({ code }) => code);
  const dues = (await ctx.db.all(allDues, {})).filter(({ cause }) => cause === "amendment");
  const waves = [...Map.groupBy(dues, (due) => `${due.documentId} ${due.number} ${due.dueOn}`).values()].map(
    (rows): Wave => {
      const [first] = rows;
      const lines = rows.map((due) => {
        const given = newest(standings.get(due.subjectId) ?? []);
        const isOpen = given?.state === "given" && openDues([due], given.at).length > 0;
        return {
          site: people.get(due.subjectId)?.site ?? "no site",
          // Whoever took consent back is not asked any more, and has not signed either.
          counts: given?.state === "given",
          done: given?.state === "given" && !isOpen,
          late: isOpen && today > due.dueOn,
        };
      });
      const counted = lines.filter(({ counts }) => counts);
      return {
        document: versions.find(({ documentId }) => documentId === first?.documentId)?.row.document ?? "",
        number: first?.number ?? 0,
        dueOn: first?.dueOn ?? "",
        asked: counted.length,
        done: counted.filter(({ done }) => done).length,
        late: counted.filter(({ late }) => late).length,
        sites: [...sites, "no site"].flatMap((site) => {
          const own = counted.filter((line) => line.site === site);
          return own.length === 0
            ? []
            : [
                {
                  site,
                  asked: own.length,
                  done: own.filter(({ done }) => done).length,
                  late: own.filter(({ late }) => late).length,
                },
              ];
        }),
      };
    },
  );
  const shown = new Set<string>();
  return {
    waves,
    open: versions.flatMap(({ id, row }) => {
      const own = who.filter(({ versionIds }) => versionIds.includes(id));
      const key = `${row.documentId} ${row.number}`;
      if (own.length === 0 || shown.has(key)) return [];
      shown.add(key);
      return [
        {
          action: ctx.url(`/versions/${id}/again`),
          document: row.document,
          number: row.number,
          changes: row.changes,
          who: own.length,
        },
      ];
    }),
    due: dayOf(new Date(ctx.now.getTime() + ctx.settings.daysToAgain * 86_400_000)),
    mayAsk: ctx.may("econsent.waves"),
  };
}
