/** Subjects and the identity vault: the record holds a code; who that is lies sealed under the subject's own key. */
import { and, eq, isNull, sql } from "drizzle-orm";
import type { KernelContext } from "../context.ts";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { Problem } from "../problem.ts";
import { keyReach } from "../protection/reach.ts";
import { clock, identities, subjects } from "../tenancy/tables.ts";
import { Sealer } from "../vault/envelope.ts";
import { keyRows } from "../vault/key-rows.ts";
import { type TaggedBy, tagOf, tagsOf } from "../vault/tags.ts";

export interface Identity {
  readonly name: string;
  readonly birthDate?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly recordNumber?: string;
}

export interface NewSubject {
  readonly code: string;
  readonly kind: "trainee" | "participant" | "member";
  readonly siteId?: string;
  /** When the subject has an account. */
  readonly personId?: string;
  readonly identity: Identity;
}

/** The id of the new subject. Refuses a code that is taken. Needs core.subjects.manage. */
export async function addSubject(ctx: Context, subject: NewSubject): Promise<string> {
  if (await ctx.db.first(byCode, { code: subject.code })) {
    throw Problem.refused(`The code ${subject.code} is taken in ${ctx.workspace.title}. Choose another.`);
  }
  const id = Bun.randomUUIDv7();
  await ctx.db.all(insertSubject, {
    id,
    code: subject.code,
    kind: subject.kind,
    siteId: subject.siteId ?? null,
    personId: subject.personId ?? null,
  });
  const { identity } = subject;
  const at = { row: id, subject: id };
  const sealed = async (column: Parameters<Context["seal"]>[0], value: string | undefined) =>
    value ? await ctx.seal(column as typeof identities.name, value, at) : null;
  await ctx.db.all(insertIdentity, {
    subjectId: id,
    name: await sealed(identities.name, identity.name),
    birthDate: await sealed(identities.birthDate, identity.birthDate),
    phone: await sealed(identities.phone, identity.phone),
    email: await sealed(identities.email, identity.email),
    recordNumber: await sealed(identities.recordNumber, identity.recordNumber),
    phoneIndex: await tag(ctx, "phone", identity.phone),
    emailIndex: await tag(ctx, "email", identity.email),
    recordNumberIndex: await tag(ctx, "recordNumber", identity.recordNumber),
  });
  say(ctx).audit("core.subject_added", { subjectId: id, code: subject.code });
  await ctx.happen("subject.added", { subjectId: id });
  return id;
}

/** The subject has left the workspace: what is on record stays, links end, and lists no longer show it. Needs core.subjects.manage. */
export async function leave(ctx: Context, subjectId: string): Promise<void> {
  if (!(await ctx.db.first(setLeft, { id: subjectId }))) throw Problem.refused("This person has left already.");
  await ctx.happen("subject.left", { subjectId });
}

/** Another telephone number or address of a subject who is there; "" takes it out. Needs core.subjects.manage. */
export async function changeReach(
  ctx: Context,
  subjectId: string,
  { phone, email }: { readonly phone: string; readonly email: string },
): Promise<void> {
  const at = { row: subjectId, subject: subjectId };
  await ctx.db.one(updateReach, {
    subjectId,
    phone: phone ? await ctx.seal(identities.phone, phone, at) : null,
    email: email ? await ctx.seal(identities.email, email, at) : null,
    phoneIndex: await tag(ctx, "phone", phone),
    emailIndex: await tag(ctx, "email", email),
  });
}

/**
 * The subject with this phone, e-mail or record number in this workspace, found by its tag without opening anything.
 * @public for modules that meet people by their number
 */
export async function findSubject(ctx: Context, by: TaggedBy, value: string): Promise<string | null> {
  return (await findSubjects(ctx, by, value))[0] ?? null;
}

/** All of them: two people of one house may have one telephone. */
export async function findSubjects(ctx: Context, by: TaggedBy, value: string): Promise<readonly string[]> {
  const tags = value ? await tagsOf(sealerOf(ctx), by, value) : [];
  const found = tags.length > 0 ? await ctx.db.all(tagged[by], { tags: byteArray(tags) }) : [];
  if (found.length === 0) return [];
  // Finding somebody by a number is as good as reading it.
  const { lease, workspace } = ctx as unknown as KernelContext;
  const ids = found.map(({ subjectId }) => subjectId);
  const reach = await keyReach(lease, workspace?.id ?? null, "open");
  return ids.filter(await reach.allowed("core.identity", ids));
}

/** Another telephone number: sealed anew, found by the new one and by the old one no more. Needs core.subjects.manage. */
export async function changePhone(ctx: Context, subjectId: string, phone: string): Promise<void> {
  const at = { row: subjectId, subject: subjectId };
  const sealed = await ctx.seal(identities.phone as unknown as typeof identities.name, phone, at);
  await ctx.db.one(updatePhone, { subjectId, phone: sealed, phoneIndex: await phoneTag(ctx, phone) });
}

/** The tag under which a number is found: the same for the same number in one workspace, and no way back to it. */
export const phoneTag = (ctx: Context, phone: string): Promise<Uint8Array | null> => tag(ctx, "phone", phone);

async function tag(ctx: Context, by: TaggedBy, value: string | undefined): Promise<Uint8Array | null> {
  return value ? await tagOf(sealerOf(ctx), by, value) : null;
}

function sealerOf(ctx: Context): Sealer {
  const { house, lease, tenant, workspace } = ctx as unknown as KernelContext;
  return new Sealer(house.vault, keyRows(lease), { tenant: tenant.id, workspace: workspace?.id ?? null });
}

/** As PostgreSQL reads an array of bytes. */
const byteArray = (all: readonly Uint8Array[]) =>
  `{${all.map((one) => `"\\\\x${Buffer.from(one).toString("hex")}"`).join(",")}}`;

/** The kernel's own sentences, from inside a module's context. */
const say = (ctx: Context) => ctx as unknown as Pick<KernelContext, "audit">;

const setLeft = query<{ id: string }>()((db, $) =>
  db
    .update(subjects)
    .set({ leftAt: clock() })
    .where(and(eq(subjects.id, $.id), isNull(subjects.leftAt)))
    .returning({ id: subjects.id }),
);
const byCode = query<{ code: string }>()((db, $) =>
  db.select({ id: subjects.id }).from(subjects).where(eq(subjects.code, $.code)),
);
const insertSubject = query<{
  id: string;
  code: string;
  kind: string;
  siteId: string | null;
  personId: string | null;
}>()((db, $) =>
  db
    .insert(subjects)
    .values({ id: $.id, code: $.code, kind: $.kind as never, siteId: $.siteId, personId: $.personId })
    .returning({ id: subjects.id }),
);
type SealedOrNull = Awaited<ReturnType<Context["seal"]>> | null;
const updateReach = query<{
  subjectId: string;
  phone: SealedOrNull;
  email: SealedOrNull;
  phoneIndex: Uint8Array | null;
  emailIndex: Uint8Array | null;
}>()((db, $) =>
  db
    .update(identities)
    .set({
      phone: sql`${sql.param($.phone, identities.phone)}`,
      email: sql`${sql.param($.email, identities.email)}`,
      // Under whichever key is current for this transaction: the next rotation looks at the row again.
      tagsKey: null,
      phoneIndex: sql`${sql.param($.phoneIndex, identities.phoneIndex)}`,
      emailIndex: sql`${sql.param($.emailIndex, identities.emailIndex)}`,
      changedAt: clock(),
    })
    .where(eq(identities.subjectId, $.subjectId))
    .returning({ subjectId: identities.subjectId }),
);
const insertIdentity = query<{
  subjectId: string;
  name: SealedOrNull;
  birthDate: SealedOrNull;
  phone: SealedOrNull;
  email: SealedOrNull;
  recordNumber: SealedOrNull;
  phoneIndex: Uint8Array | null;
  emailIndex: Uint8Array | null;
  recordNumberIndex: Uint8Array | null;
}>()((db, $) =>
  db
    .insert(identities)
    .values({
      subjectId: $.subjectId,
      name: $.name,
      birthDate: $.birthDate,
      phone: $.phone,
      email: $.email,
      recordNumber: $.recordNumber,
      phoneIndex: $.phoneIndex,
      emailIndex: $.emailIndex,
      recordNumberIndex: $.recordNumberIndex,
    })
    .returning({ subjectId: identities.subjectId }),
);
const updatePhone = query<{ subjectId: string; phone: SealedOrNull; phoneIndex: Uint8Array | null }>()((db, $) =>
  db
    .update(identities)
    .set({
      phone: sql`${sql.param($.phone, identities.phone)}`,
      phoneIndex: sql`${sql.param($.phoneIndex, identities.phoneIndex)}`,
      tagsKey: null,
    })
    .where(eq(identities.subjectId, $.subjectId))
    .returning({ subjectId: identities.subjectId }),
);
const byTag = (
  column: typeof identities.phoneIndex | typeof identities.emailIndex | typeof identities.recordNumberIndex,
) =>
  query<{ tags: string }>()((db, $) =>
    db.select({ subjectId: identities.subjectId }).from(identities).where(sql`${column} = any(${$.tags}::bytea[])`),
  );
const tagged = {
  phone: byTag(identities.phoneIndex),
  email: byTag(identities.emailIndex),
  recordNumber: byTag(identities.recordNumberIndex),
};
