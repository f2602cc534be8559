/** Members: invited, looked after, removed; their consent ledger; who coaches them. */
import { isAssignableAs } from "@core/access/holding.ts";
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { isTelephone } from "@core/sms/text-message.ts";
import { assign, endAssignment } from "@core/subjects/assignments.ts";
import { addSubject, changePhone, findSubject } from "@core/subjects/subjects.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { type ConsentEventKind, type ConsentSource, mayText, statusOf, statusOfStory } from "../consent.ts";
import { close } from "../conversation.ts";
import type { Coaching } from "../names.ts";
import { pagerOf } from "../pages.ts";
import { hand } from "../pipeline/route.ts";
import { invitation } from "../pipeline/say.ts";
import { voiceInForce } from "../pipeline/voice-in-force.ts";
import { isZone } from "../quiet-hours.ts";
import { asConversation, conversationOf } from "../store/conversations.ts";
import {
  addConsent,
  addMember,
  allDisclosures,
  allMembers,
  beginConversation,
  changeMember,
  coachesHere,
  coachings,
  coachingsOf,
  coachingsOfAll,
  colleagues,
  consentOf,
  consentsOf,
  countMembers,
  keepDisclosure,
  lastCodeNumber,
  type MemberRow,
  memberById,
  membersFrom,
  standingNumbers,
  stories,
} from "../store/members.ts";
import { cancelWaiting } from "../store/outbox.ts";
import { consentEvents } from "../tables.ts";
import { InvitePage, MemberSettingsPage, MembersPage } from "../views/members.tsx";
import { consentInWords } from "../words.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Coaching>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
const time = (title: string) => t.String({ title, pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" });
const about = {
  locale: t.Union([t.Literal("en"), t.Literal("es")], { title: "Language" }),
  zone: t.String({ title: "Time zone", minLength: 3, maxLength: 60 }),
  unit: t.Optional(t.Union([t.Literal("mg/dL"), t.Literal("mmol/L")], { title: "Unit of the meter" })),
  risks: t.Array(t.Union([t.Literal("type1"), t.Literal("pump"), t.Literal("pregnant")]), { title: "Risks" }),
};

export const memberRoutes = [
  get("/members", {
    needs: "coaching.members.read",
    query: t.Object({
      find: t.Optional(t.String({ maxLength: 60 })),
      status: t.Optional(t.String({ maxLength: 20 })),
      coach: t.Optional(t.String({ maxLength: 36 })),
      order: t.Optional(t.String({ maxLength: 12 })),
      from: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
    }),
    run: async ({ query }, ctx) => MembersPage(await membersPage(ctx, query)),
  }),

  get("/members/invite", {
    needs: "coaching.members.manage",
    run: async (_, ctx) => InvitePage(await inviteForm(ctx)),
  }),

  post("/members/invite", {
    needs: "coaching.members.manage",
    body: t.Object({
      name: t.String({ title: "Name", minLength: 2, maxLength: 120 }),
      phone: t.String({ title: "Mobile number", maxLength: 24 }),
      email: t.Optional(t.String({ title: "E-mail", format: "email", maxLength: 200 })),
      recordNumber: t.Optional(t.String({ title: "Record number", maxLength: 40 })),
      ...about,
      coachId: t.String({ title: "Coach", format: "uuid" }),
      basis: t.Union([t.Literal("text"), t.Literal("paper")], { title: "How consent is given" }),
    }),
    refused: async (typed, problems, ctx) =>
      InvitePage({ ...(await inviteForm(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const phone = telephone(body.phone);
      if (!isTelephone(phone))
        throw Problem.invalid({ phone: "Write the number with its country, for example +1 555 010 0199." });
      if (!isZone(body.zone)) throw Problem.invalid({ zone: "This time zone is not known. Choose one from the list." });
      if (await findSubject(ctx, "phone", phone))
        throw Problem.invalid({ phone: "A member of this service has this number already." });
      const coach = (await ctx.db.all(colleagues, {})).find(
        (row) => row.id === body.coachId && isAssignableAs(row, "coach"),
      );
      if (!coach) throw Problem.invalid({ coachId: "Choose a coach of this service." });
      const number = Number((await ctx.db.one(lastCodeNumber, {})).last) + 1;
      const code = `${ctx.workspace.slug.replaceAll("-", "").slice(0, 6).toUpperCase()}-${String(number).padStart(4, "0")}`;
      const subjectId = await addSubject(ctx, {
        code,
        kind: "member",
        identity: {
          name: body.name,
          phone,
          ...(body.email && { email: body.email }),
          ...(body.recordNumber && { recordNumber: body.recordNumber }),
        },
      });
      await ctx.db.one(addMember, {
        subjectId,
        locale: body.locale,
        zone: body.zone,
        unit: body.unit ?? null,
        type1: body.risks.includes("type1"),
        pump: body.risks.includes("pump"),
        pregnant: body.risks.includes("pregnant"),
      });
      await ctx.db.one(beginConversation, { subjectId });
      await assign(ctx, { personId: coach.id, subjectId, kind: "coach" });
      ctx.audit("coaching.member_invited", { subjectId, member: code });
      const member = await ctx.db.one(memberById, { subjectId });
      await enter(ctx, member, "invited", "provider-list", null);
      await invite(ctx, member, coach.name.split(" ")[0] ?? coach.name, body.basis === "paper");
      if (body.basis === "paper") await enter(ctx, member, "given", "paper", null);
      return new Redirect(ctx.url("/members"), `${body.name} was invited.`);
    },
  }),

  get("/members/:subject/settings", {
    needs: "coaching.members.read",
    params: bySubject,
    run: async ({ params }, ctx) => MemberSettingsPage(await settingsForm(ctx, params.subject)),
  }),

  post("/members/:subject/settings", {
    needs: "coaching.members.care",
    params: bySubject,
    body: t.Object({
      ...about,
      windowFrom: time("Not before"),
      windowUntil: time("Not after"),
      replies: t.Union([t.Literal("off"), t.Literal("draft"), t.Literal("auto")], { title: "How replies are made" }),
    }),
    refused: async (typed, problems, ctx, params) =>
      MemberSettingsPage({ ...(await settingsForm(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      if (!isZone(body.zone)) throw Problem.invalid({ zone: "This time zone is not known. Choose one from the list." });
      if (body.windowFrom >= body.windowUntil)
        throw Problem.invalid({ windowUntil: "The end must be after the beginning." });
      await ctx.db.one(changeMember, {
        subjectId: member.subjectId,
        locale: body.locale,
        zone: body.zone,
        unit: body.unit ?? null,
        type1: body.risks.includes("type1"),
        pump: body.risks.includes("pump"),
        pregnant: body.risks.includes("pregnant"),
        windowFrom: body.windowFrom,
        windowUntil: body.windowUntil,
        replies: body.replies,
      });
      ctx.audit("coaching.member_changed", { subjectId: member.subjectId, member: member.code, what: "the settings" });
      return new Redirect(ctx.url(`/members/${member.subjectId}/settings`), "Saved.");
    },
  }),

  post("/members/:subject/consent", {
    needs: "coaching.members.care",
    params: bySubject,
    body: t.Object({
      kind: t.Union(
        (["opted-out", "paused", "resumed", "declined", "number-invalid", "number-verified", "deceased"] as const).map(
          (kind) => t.Literal(kind),
        ),
        { title: "What was said" },
      ),
      source: t.Union([t.Literal("voice"), t.Literal("paper"), t.Literal("email"), t.Literal("coach")], {
        title: "How",
      }),
      words: t.Optional(t.String({ title: "In his or her words", maxLength: 300 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      MemberSettingsPage({ ...(await settingsForm(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const before = await standingOf(ctx, member);
      await enter(ctx, member, body.kind, body.source, body.words ?? null);
      if (
        body.kind === "opted-out" ||
        body.kind === "deceased" ||
        body.kind === "number-invalid" ||
        body.kind === "declined"
      )
        await ctx.db.all(cancelWaiting, {
          subjectId: member.subjectId,
          speakers: ["bot", "human"],
          why: "the member no longer wants texts",
        });
      // Told by telephone, obeyed like a text: one confirmation, and silence.
      if (body.kind === "opted-out" && before !== "opted-out") {
        await ctx.soon("coaching.say", {
          subject: member.subjectId,
          template: "stopped",
          coach: "",
          cause: `told:${member.subjectId}:${ctx.now.toISOString()}`,
        });
      }
      return new Redirect(ctx.url(`/members/${member.subjectId}/settings`), "Recorded.");
    },
  }),

  post("/members/:subject/phone", {
    needs: "coaching.members.manage",
    params: bySubject,
    body: t.Object({ phone: t.String({ title: "New mobile number", maxLength: 24 }) }),
    refused: async (typed, problems, ctx, params) =>
      MemberSettingsPage({ ...(await settingsForm(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const { subjectId } = member;
      const phone = telephone(body.phone);
      if (!isTelephone(phone))
        throw Problem.invalid({ phone: "Write the number with its country, for example +1 555 010 0199." });
      const owner = await findSubject(ctx, "phone", phone);
      if (owner === subjectId) throw Problem.invalid({ phone: "This is the member’s number already." });
      if (owner) throw Problem.invalid({ phone: "A member of this service has this number already." });
      const before = await standingOf(ctx, member);
      await changePhone(ctx, subjectId, phone);
      // What was on its way was meant for the old number.
      await ctx.db.all(cancelWaiting, {
        subjectId,
        speakers: ["bot", "human", "safety", "compliance"],
        why: "the number was changed",
      });
      ctx.audit("coaching.member_changed", { subjectId, member: member.code, what: "the telephone number" });
      const wrote = before === "active" || before === "paused" || before === "number-invalid";
      if (!wrote)
        return new Redirect(
          ctx.url(`/members/${subjectId}/settings`),
          "The number is kept. Nothing was sent: invite the member again from here.",
        );
      if (before !== "number-invalid") await enter(ctx, member, "number-invalid", "coach", "A new number was given.");
      await ctx.soon("coaching.say", {
        subject: subjectId,
        template: "new-number",
        coach: "",
        cause: `number:${subjectId}:${ctx.now.toISOString()}`,
      });
      return new Redirect(
        ctx.url(`/members/${subjectId}/settings`),
        "The number is kept. A text asks there for a YES; until it comes nothing else is sent, and the old number is a stranger’s.",
      );
    },
  }),

  post("/members/:subject/invite-again", {
    needs: "coaching.members.manage",
    params: bySubject,
    async run({ params }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const status = await standingOf(ctx, member);
      if (!mayText(status, "invitation"))
        throw Problem.refused(
          "This member cannot be invited now: after an opt-out only the member comes back, by texting START.",
        );
      const coach = await coachName(ctx, member.subjectId);
      await invite(ctx, member, coach, false);
      return new Redirect(ctx.url(`/members/${member.subjectId}/settings`), "The invitation is on its way again.");
    },
  }),

  post("/members/:subject/coaches", {
    needs: "coaching.members.manage",
    params: bySubject,
    body: t.Object({ coachId: t.String({ title: "Coach", format: "uuid" }) }),
    refused: async (typed, problems, ctx, params) =>
      MemberSettingsPage({ ...(await settingsForm(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const coach = (await ctx.db.all(colleagues, {})).find(
        (row) => row.id === body.coachId && isAssignableAs(row, "coach"),
      );
      if (!coach) throw Problem.invalid({ coachId: "Choose a coach of this service." });
      await assign(ctx, { personId: coach.id, subjectId: member.subjectId, kind: "coach" });
      return new Redirect(ctx.url(`/members/${member.subjectId}/settings`), `${coach.name} coaches this member now.`);
    },
  }),

  post("/coachings/:id/end", {
    needs: "coaching.members.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const coaching = (await ctx.db.all(coachings, {})).find((row) => row.id === params.id);
      if (!coaching) throw Problem.notFound();
      await endAssignment(ctx, coaching.id);
      return new Redirect(ctx.url(`/members/${coaching.subjectId}/settings`), "This coach no longer sees the member.");
    },
  }),

  post("/members/:subject/remove", {
    needs: "coaching.members.manage",
    params: bySubject,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 3, maxLength: 300 }) }),
    refused: async (typed, problems, ctx, params) =>
      MemberSettingsPage({ ...(await settingsForm(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      await enter(ctx, member, "discharged", "provider-list", body.reason);
      await ctx.db.all(cancelWaiting, {
        subjectId: member.subjectId,
        speakers: ["bot", "human", "safety"],
        why: "the member left the service",
      });
      for (const { id } of await ctx.db.all(coachingsOf, { subjectId: member.subjectId })) await endAssignment(ctx, id);
      const row = await ctx.db.first(conversationOf, { subjectId: member.subjectId });
      const change = row ? close(asConversation(row)) : null;
      if (row && change?.changed) await hand(ctx, member.subjectId, asConversation(row), change.conversation);
      return new Redirect(ctx.url("/members"), "The member was removed from the service. The record stays.");
    },
  }),
];

/** National numbers are taken for the United States' when they have ten digits: that is how they are written there. */
export function telephone(text: string): string {
  const digits = text.replace(/[^\d+]/g, "");
  if (digits.startsWith("+")) return digits;
  if (digits.length === 10) return `+1${digits}`;
  return digits.length === 11 && digits.startsWith("1") ? `+${digits}` : digits;
}

/** A row of the ledger, sealed words and all. */
export async function enter(
  ctx: Context<Coaching>,
  member: Pick<MemberRow, "subjectId" | "code">,
  kind: ConsentEventKind,
  source: ConsentSource,
  words: string | null,
  textSha256: string | null = null,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  const { subjectId, code } = member;
  await ctx.db.one(addConsent, {
    id,
    subjectId,
    kind,
    at: new Date(),
    source,
    textSha256,
    words: words === null ? null : await ctx.seal(consentEvents.words, words, { row: id, subject: subjectId }),
  });
  ctx.audit("coaching.consent_recorded", { subjectId, member: code, what: consentInWords[kind], source });
}

export async function standingOf(ctx: Context<Coaching>, { subjectId }: Pick<MemberRow, "subjectId">) {
  return standingFrom(await ctx.db.all(consentOf, { subjectId }));
}

/** The invitation, kept word for word, and the ledger's row that it was shown. On paper the same words are the form's. */
async function invite(ctx: Context<Coaching>, member: MemberRow, coach: string, onPaper: boolean): Promise<void> {
  const body = invitation(ctx, member.locale, coach);
  const hash = sha256(body).toString("hex");
  await ctx.db.first(keepDisclosure, { sha256: hash, locale: member.locale, body });
  await enter(ctx, member, "disclosed", onPaper ? "paper" : "sms", null, hash);
  if (onPaper) return;
  await ctx.soon("coaching.say", {
    subject: member.subjectId,
    template: "invitation",
    coach,
    cause: `invite:${member.subjectId}:${ctx.now.toISOString().slice(0, 10)}`,
  });
}

async function coachName(ctx: Context<Coaching>, subjectId: string): Promise<string> {
  const [first] = await ctx.db.all(coachingsOf, { subjectId });
  const name = first ? (await ctx.people([first.personId])).get(first.personId) : null;
  return name?.split(" ")[0] ?? ctx.settings.program;
}

/** By telephone number where it is one, else by a part of the name or the code. Names are sealed: they are opened to be compared. */
export async function membersNamed(
  ctx: Context<Coaching>,
  find: string,
  rows: () => Promise<readonly { readonly subjectId: string; readonly code: string }[]>,
): Promise<string[]> {
  const number = telephone(find);
  if (isTelephone(number)) {
    const subjectId = await findSubject(ctx, "phone", number);
    return subjectId ? [subjectId] : [];
  }
  const all = await rows();
  const names = await ctx.names(all.map(({ subjectId }) => subjectId));
  const wanted = find.toLocaleLowerCase();
  return all
    .filter(({ subjectId, code }) => `${names.get(subjectId) ?? ""} ${code}`.toLocaleLowerCase().includes(wanted))
    .map(({ subjectId }) => subjectId);
}

const pageSize = 50;
interface MembersQuery {
  readonly find?: string;
  readonly status?: string;
  readonly coach?: string;
  readonly order?: string;
  readonly from?: number;
}

/** Only whom the page shows is opened, unless somebody is looked for by a name. */
async function membersPage(
  ctx: Context<Coaching>,
  { find = "", status = "", coach = "", order = "code", from = 0 }: MembersQuery,
) {
  const filters: (readonly string[])[] = [];
  if (find.trim() !== "") filters.push(await membersNamed(ctx, find.trim(), () => ctx.db.all(allMembers, {})));
  if (status !== "") {
    const told = await ctx.db.all(stories, {});
    filters.push(told.flatMap(({ story, subjects }) => (statusOfStory(story) === status ? subjects : [])));
  }
  const [first, ...more] = filters;
  const others = more.map((list) => new Set(list));
  const asked = {
    isFound: first !== undefined,
    found: (first ?? []).filter((id) => others.every((list) => list.has(id))),
    coach,
    order,
  };
  const total = Number((await ctx.db.one(countMembers, asked)).total);
  const rows = await ctx.db.all(membersFrom, { ...asked, from, most: pageSize });
  const ids = rows.map((row) => row.subjectId);
  const ledger = Map.groupBy(await ctx.db.all(consentsOf, { subjectIds: ids }), (row) => row.subjectId);
  const coaches = Map.groupBy(await ctx.db.all(coachingsOfAll, { subjectIds: ids }), (row) => row.subjectId);
  const names = await ctx.names(ids);
  const people = await ctx.people((await ctx.db.all(coachesHere, {})).map((row) => row.personId));
  const here = { find, status, coach, order };
  const href = (over: Partial<Record<keyof typeof here, string>> & { from?: number }) => {
    const query = new URLSearchParams(
      Object.entries({ ...here, ...over }).flatMap(([name, value]) =>
        value === "" || value === 0 ? [] : [[name, String(value)]],
      ),
    );
    return ctx.url(`/members?${query}`);
  };
  return {
    inviteHref: ctx.may("coaching.members.manage") ? ctx.url("/members/invite") : null,
    action: ctx.url("/members"),
    ...here,
    isFiltered: filters.length > 0 || coach !== "",
    coachChoices: [...people]
      .map(([value, label]) => ({ value, label }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    sort: { key: order.replace("-", ""), down: order.startsWith("-") },
    sortHref: ({ key, down }: { key: string; down: boolean }) => href({ order: `${down ? "-" : ""}${key}` }),
    pager: pagerOf(from, pageSize, total, (at) => href({ from: at })),
    members: rows.map((row) => ({
      href: ctx.may("coaching.messages.read")
        ? ctx.url(`/members/${row.subjectId}`)
        : ctx.url(`/members/${row.subjectId}/settings`),
      name: names.get(row.subjectId) ?? row.code,
      code: row.code,
      locale: row.locale,
      status: standingFrom(ledger.get(row.subjectId) ?? []),
      coaches: (coaches.get(row.subjectId) ?? []).map(({ personId }) => people.get(personId) ?? "Someone who has left"),
      lastInAt: row.lastInAt,
      waitingSince: row.waitingSince,
      tier: row.tier,
      conversation: row.status,
    })),
  };
}
export type MembersView = Awaited<ReturnType<typeof membersPage>>;

const standingFrom = (
  rows: readonly { kind: ConsentEventKind; at: Date; source: ConsentSource; textSha256: string | null }[],
) => statusOf(rows.map((row) => ({ ...row, textHash: row.textSha256, words: null })));

async function inviteForm(ctx: Context<Coaching>) {
  const people = await ctx.db.all(colleagues, {});
  const numbers = await ctx.db.all(standingNumbers, {});
  return {
    action: ctx.url("/members/invite"),
    crumbs: [{ label: "Members", href: ctx.url("/members") }],
    coaches: people.filter((row) => isAssignableAs(row, "coach")).map(({ id, name }) => ({ value: id, label: name })),
    hasNumber: numbers.length > 0,
    numbersHref: ctx.url("/numbers"),
  };
}

async function settingsForm(ctx: Context<Coaching>, subjectId: string) {
  const member = await ctx.db.one(memberById, { subjectId });
  const ledger = await ctx.db.all(consentOf, { subjectId });
  const texts = new Map(
    ctx.may("coaching.rules.read") ? (await ctx.db.all(allDisclosures, {})).map((row) => [row.sha256, row.body]) : [],
  );
  const sealed = ledger.flatMap((row) =>
    row.words ? [{ value: row.words, at: { row: row.id, subject: subjectId } }] : [],
  );
  const words = await ctx.openMany(sealed, "to show a consent ledger");
  const byRow = new Map(sealed.map(({ at }, place) => [at.row, words[place]]));
  const people = await ctx.people(ledger.map((row) => row.madeBy));
  const coaches = await ctx.db.all(coachingsOf, { subjectId });
  const coachNames = await ctx.people(coaches.map((row) => row.personId));
  const staff = ctx.may("core.grants.read") ? await ctx.db.all(colleagues, {}) : [];
  return {
    name: (await ctx.names([subjectId])).get(subjectId) ?? member.code,
    code: member.code,
    member,
    status: standingFrom(ledger),
    base: ctx.url(`/members/${subjectId}`),
    crumbs: ctx.may("coaching.messages.read")
      ? [
          { label: "Members", href: ctx.url("/members") },
          { label: "Conversation", href: ctx.url(`/members/${subjectId}`) },
        ]
      : [{ label: "Members", href: ctx.url("/members") }],
    mayCare: ctx.may("coaching.members.care"),
    voice: await voiceInForce(ctx),
    mayManage: ctx.may("coaching.members.manage"),
    coaches: coaches.map((row) => ({
      name: coachNames.get(row.personId) ?? "Someone who has left",
      endHref: ctx.url(`/coachings/${row.id}/end`),
    })),
    coachChoices: staff
      .filter((row) => isAssignableAs(row, "coach"))
      .map(({ id, name }) => ({ value: id, label: name })),
    ledger: ledger.map((row) => {
      const opened = byRow.get(row.id);
      return {
        kind: row.kind,
        at: row.at,
        source: row.source,
        by: row.madeBy ? (people.get(row.madeBy) ?? "Someone who has left") : null,
        words: opened instanceof Locked ? opened.sentence : (opened ?? null),
        text: row.textSha256 ? (texts.get(row.textSha256) ?? null) : null,
        hash: row.textSha256,
      };
    }),
  };
}
export type MemberSettings = Awaited<ReturnType<typeof settingsForm>>;
