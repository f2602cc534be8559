/** Paging up the ladder: who is on duty gets a mail and a text that name nobody; each rung is written down, also an empty one. */
import type { Context } from "@core/module.ts";
import {
  type Duty,
  dutiesOf,
  type Incident,
  ladder,
  nextPageAt,
  page,
  duePages as pagesDue,
  type Rung,
} from "../incident.ts";
import type { Coaching } from "../names.ts";
import { addPage, addStep, type LockedIncident, lockIncident, moveIncident, onDuty } from "../store/incidents.ts";
import { coachingsOf, memberById, peopleHere } from "../store/members.ts";
import { tierInWords } from "../tier.ts";
import { putStrangeOnItsWay } from "./outgoing.ts";

export const rungInWords: Readonly<Record<Duty, string>> = {
  crisis: "the crisis duty",
  clinician: "the clinician on call",
  coach: "the coach",
  supervisor: "the supervisor",
  "medical-director": "the medical director",
  "phone-tree": "the telephone tree",
};

export async function pageRungs(ctx: Context<Coaching>, row: LockedIncident, incident: Incident): Promise<void> {
  let now = incident;
  let called = 1;
  const call = async (rung: Rung) => {
    const change = page(now, rung);
    if (!change.changed) return false;
    now = change.incident;
    called = await pageRung(ctx, row, rung);
    return true;
  };
  for (const { rung } of pagesDue(incident, ctx.now)) if (!(await call(rung))) break;
  // A rung where nobody is on duty keeps nobody waiting: the next is called in the same breath.
  for (const rung of ladder.slice(now.rung === null ? ladder.length : ladder.indexOf(now.rung) + 1))
    if (called > 0 || !(await call(rung))) break;
  await ctx.db.one(moveIncident, {
    id: row.id,
    status: now.status,
    rung: now.rung,
    nextPageAt: nextPageAt(now)?.toISOString() ?? null,
    acknowledgedBy: row.acknowledgedBy,
    contact: row.contact,
    disposition: row.disposition,
    resolvedBy: row.resolvedBy,
  });
}

/** How many people were called. */
async function pageRung(ctx: Context<Coaching>, row: LockedIncident, rung: Rung): Promise<number> {
  const { id, subjectId, tier, acknowledgeMinutes } = row;
  const member = await ctx.db.one(memberById, { subjectId });
  const duty = await ctx.db.all(onDuty, { duties: [...dutiesOf(rung, row.role)] });
  const own = rung === "coach" ? await ctx.db.all(coachingsOf, { subjectId }) : [];
  const people = new Map((await ctx.db.all(peopleHere, {})).map((one) => [one.id, one]));
  const called = new Map<
    string,
    {
      readonly name: string;
      readonly email: string;
      readonly phone: (typeof duty)[number]["phone"];
      readonly shift: string | null;
    }
  >();
  for (const { personId } of own) {
    const one = people.get(personId);
    if (one) called.set(one.id, { name: one.name, email: one.email, phone: null, shift: null });
  }
  for (const one of duty)
    called.set(one.personId, { name: one.name, email: one.email, phone: one.phone, shift: one.id });
  const words = `${ctx.settings.program}: an incident waits (${tierInWords[tier]}). Answer within ${acknowledgeMinutes} minutes. Sign in to ${ctx.tenant.name}, ${ctx.workspace.title}.`;
  for (const [personId, { name, email, phone, shift }] of called) {
    await ctx.mail({
      to: email,
      subject: `${ctx.settings.program}: an incident waits`,
      text: `Hello ${name},\n\n${words}\n`,
    });
    await ctx.db.one(addPage, { subjectId, incidentId: id, rung, personId, channel: "mail" });
    if (phone && shift) {
      const to = await ctx.open(phone, { row: shift }, "to page somebody on duty");
      await putStrangeOnItsWay(ctx, { to, body: words, cause: `duty:${id}:${rung}:${personId}`, purpose: "page" });
      await ctx.db.one(addPage, { subjectId, incidentId: id, rung, personId, channel: "text" });
    }
  }
  if (called.size === 0)
    await ctx.db.one(addPage, { subjectId, incidentId: id, rung, personId: null, channel: "nobody" });
  await ctx.db.one(addStep, {
    id: Bun.randomUUIDv7(),
    subjectId,
    incidentId: id,
    step: "paged",
    what:
      called.size === 0
        ? `${rungInWords[rung]}: nobody is on duty`
        : `${rungInWords[rung]}: ${[...called.values()].map(({ name }) => name).join(", ")}`.slice(0, 200),
    note: null,
  });
  ctx.audit("coaching.incident_paged", {
    subjectId,
    member: member.code,
    rung: rungInWords[rung],
    who: called.size === 0 ? "nobody is on duty" : `${called.size} called`,
  });
  // The next rung's time is the ladder's own; the watch looks every minute, and now by itself at that moment.
  await ctx.later("coaching.watch", {}, new Date(ctx.now.getTime() + acknowledgeMinutes * 60_000 + 1_000));
  return called.size;
}

/** Whoever is on an incident relies on the member having our text; when that cannot be shown, he is told to call. */
export async function tellWhoAnswered({ incident }: { incident: string }, ctx: Context<Coaching>): Promise<void> {
  const row = await ctx.db.first(lockIncident, { id: incident });
  if (!row?.acknowledgedBy || row.resolvedBy) return;
  const who = (await ctx.db.all(peopleHere, {})).find(({ id }) => id === row.acknowledgedBy);
  if (!who) return;
  await ctx.mail({
    to: who.email,
    subject: `${ctx.settings.program}: a safety text may not have arrived`,
    text: `Hello ${who.name},\n\nIn an incident that you answered (${tierInWords[row.tier]}) our safety text cannot be shown to have gone out. Call the member. Sign in to ${ctx.tenant.name}, ${ctx.workspace.title}.\n`,
  });
}
