/** Where every participant stands, in one look: put together from rows that were read once. */
import type { Context } from "@core/module.ts";
import { scopesInWords } from "./document.ts";
import { type ConsentFound, gather } from "./found.ts";
import type { Econsent } from "./names.ts";
import { signerRolesInWords } from "./signers.ts";
import { openDues, type StandingRow, standingFor } from "./standing.ts";
import {
  allCompletions,
  allConsents,
  allDeclines,
  allDues,
  allParticipants,
  allSignatures,
  allSigners,
  allStandings,
  openQuestions,
  type ParticipantRow,
} from "./store/consents.ts";
import { dayOf } from "./versions.ts";
import type { PersonState } from "./views/overview.tsx";

export interface Standpoint {
  readonly person: ParticipantRow;
  readonly state: PersonState;
  readonly version: number | null;
  readonly waits: string;
  readonly saidNo: readonly string[];
}

export async function standpoints(ctx: Context<Econsent>): Promise<Standpoint[]> {
  const people = await ctx.db.all(allParticipants, {});
  const by = <Row extends { readonly subjectId: string }>(rows: readonly Row[]) =>
    Map.groupBy(rows, (row) => row.subjectId);
  const consents = by(await ctx.db.all(allConsents, {}));
  const signers = by(await ctx.db.all(allSigners, {}));
  const signatures = by(await ctx.db.all(allSignatures, {}));
  const declines = by(await ctx.db.all(allDeclines, {}));
  const completions = by(await ctx.db.all(allCompletions, {}));
  const standings = by(await ctx.db.all(allStandings, {}));
  const dues = by(await ctx.db.all(allDues, {}));
  const questions = by(await ctx.db.all(openQuestions, {}));
  const today = dayOf(ctx.now);
  return people.map((person) => {
    const found = (consents.get(person.id) ?? []).map((consent) =>
      gather(
        consent,
        signers.get(person.id) ?? [],
        signatures.get(person.id) ?? [],
        declines.get(person.id) ?? [],
        completions.get(person.id) ?? [],
      ),
    );
    const rows = standings.get(person.id) ?? [];
    const newest = [...(completions.get(person.id) ?? [])].sort((a, b) => b.madeAt.getTime() - a.madeAt.getTime())[0];
    const given = newestOf(rows, "participation");
    const due = given?.state === "given" ? openDues(dues.get(person.id) ?? [], given.at)[0] : undefined;
    const asked = questions.get(person.id)?.length ?? 0;
    return {
      person,
      state: stateOf(found, rows, due !== undefined, today),
      version: newest?.number ?? null,
      waits: [
        ...found.flatMap(({ turn }) => turn.map(({ role }) => signerRolesInWords[role].toLowerCase())),
        asked > 0 ? `an answer of the team (${asked})` : "",
        due ? (due.cause === "majority" ? "his or her own consent" : `version ${due.number} by ${due.dueOn}`) : "",
      ]
        .filter(Boolean)
        .join(", "),
      saidNo:
        given?.state === "given"
          ? (["samples", "recontact", "sharing", "contact", "intervention", "follow-up", "new-data"] as const)
              .filter((scope) => standingFor(scope, rows, [], today) === "withdrawn")
              .map((scope) => scopesInWords[scope].toLowerCase())
          : [],
    };
  });
}

const newestOf = (rows: readonly StandingRow[], scope: StandingRow["scope"]): StandingRow | undefined =>
  rows.filter((row) => row.scope === scope).sort((a, b) => b.at.getTime() - a.at.getTime())[0];

function stateOf(
  found: readonly ConsentFound[],
  rows: readonly StandingRow[],
  isDue: boolean,
  today: string,
): PersonState {
  const whole = newestOf(rows, "participation");
  const open = found.find(({ state }) => state === "open" || state === "signing");
  if (whole?.state === "withdrawn") return "taken back";
  if (whole?.state === "given") {
    if (isDue) return "again";
    const taken = rows.some(
      ({ scope, state }) => state === "withdrawn" && standingFor(scope, rows, [], today) === "withdrawn",
    );
    return taken ? "partly taken back" : "in effect";
  }
  if (open) return open.state === "signing" ? "signing" : "asked";
  return found.some(({ state }) => state === "declined") ? "declined" : "not asked";
}
