/** Paging up the ladder: who is on duty gets a mail and a text that name nobody; each rung is written down, also an empty one. */
import type { Context } from "@core/module.ts";
import { type Incident, nextPageAt, page, duePages as pagesDue, type Rung } from "../incident.ts";
import type { Coaching } from "../names.ts";
import { addPage, addStep, type LockedIncident, moveIncident, onDuty } from "../store/incidents.ts";
import { coachingsOf, memberById, peopleHere } from "../store/members.ts";
import { tierInWords } from "../tier.ts";
import { putStrangeOnItsWay } from "./outgoing.ts";

export const rungInWords: Readonly<Record<Rung, string>> = {
  coach: "the coach",
  supervisor: "the supervisor",
  "medical-director": "the medical director",
  "phone-tree": "the telephone tree",
};

export async function pageRungs(ctx: Context<Coaching>, row: LockedIncident, incident: Incident): Promise<void> {
  let now = incident;
  for (const { rung } of pagesDue(incident, ctx.now)) {
    const change = page(now, rung);
    if (!change.changed) break;
    now = change.incident;
    await pageRung(ctx, row, rung);
  }
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

async function pageRung(ctx: Context<Coaching>, row: LockedIncident, rung: Rung): Promise<void> {
  const { id, subjectId, tier, acknowledgeMinutes } = row;
  const member = await ctx.db.one(memberById, { subjectId });
  const duty = await ctx.db.all(onDuty, { rung });
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
}
