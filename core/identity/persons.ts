/** People with an account, and the access that comes with an invitation. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { requireApart, rolesOf } from "../access/roles.ts";
import { insertGrant, insertPerson } from "../admin/people.ts";
import type { KernelContext } from "../context.ts";
import type { Database } from "../db/database.ts";
import { withOwner } from "../db/migrate.ts";
import { query } from "../db/query.ts";
import { quoteName } from "../db/roles.ts";
import { isEmail } from "../http/formats.ts";
import type { Context } from "../module.ts";
import { Problem } from "../problem.ts";
import { Refusal } from "../refusal.ts";
import { grants } from "../tenancy/tables.ts";

export interface Invitation {
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly siteId?: string;
  /** ISO moments. Absent or null: from now, without end. */
  readonly fromAt?: string | null;
  readonly toAt?: string | null;
}

/**
 * An account (or the one that has this address already) with a grant in this workspace. Nobody is told: the mail is the
 * caller's act. Needs core.people.invite and core.grants.manage.
 */
export async function inviteToWorkspace(
  ctx: Context,
  { name, email, role, siteId, fromAt = null, toAt = null }: Invitation,
): Promise<{ personId: string; existed: boolean }> {
  const { audit } = ctx as unknown as KernelContext;
  const roles = await rolesOf(ctx as unknown as KernelContext);
  const title = roles.titleOf(role);
  if (title === role) throw Problem.invalid({ role: "Choose a role from the list." });
  const address = email.trim().toLowerCase();
  if (!isEmail(address)) throw Problem.invalid({ email: "Enter an address like name@example.org." });
  const { personId, existed } = await findOrAdd(ctx, name.trim(), address);
  if (!existed) audit("core.person_added", { person: name });
  if (!(await ctx.db.first(standingGrant, { personId, workspaceId: ctx.workspace.id, role, siteId: siteId ?? null }))) {
    await requireApart(ctx as unknown as KernelContext, roles, {
      person: { id: personId, name },
      role,
      workspaceId: ctx.workspace.id,
    });
    const span = { fromAt, toAt };
    await ctx.db.all(insertGrant, { personId, workspaceId: ctx.workspace.id, role, siteId: siteId ?? null, ...span });
    audit("core.grant_given", { person: name, role: title, place: ctx.workspace.title, ...spanInWords(span) });
    if (existed) await preapprove(ctx, personId);
  }
  return { personId, existed };
}

const spanInWords = ({ fromAt, toAt }: { fromAt: string | null; toAt: string | null }) => ({
  ...(fromAt === null ? {} : { from: fromAt.slice(0, 10) }),
  // The moment after the last day.
  ...(toAt === null ? {} : { until: new Date(Date.parse(toAt) - 1).toISOString().slice(0, 10) }),
});

/** Somebody who registered and waits is let in by this, for this workspace: he holds no other grant. */
async function preapprove(ctx: Context, personId: string): Promise<void> {
  const { lease, trail } = ctx as unknown as KernelContext;
  const [row] = await lease.rows("select core.preapprove($1::uuid)", [personId]);
  if (row?.[0] === true) trail.changes("core.persons", personId);
}

/**
 * Who may invite here may not see everyone in the institution: the database itself says whether an address has an
 * account, to someone who may invite and for exactly that address.
 */
async function findOrAdd(ctx: Context, name: string, email: string): Promise<{ personId: string; existed: boolean }> {
  const { lease } = ctx as unknown as KernelContext;
  const [found] = await lease.rows("select core.person_by_email($1)", [email]);
  if (typeof found?.[0] === "string") return { personId: found[0], existed: true };
  const personId = Bun.randomUUIDv7();
  await ctx.db.all(insertPerson, { id: personId, name, email });
  return { personId, existed: false };
}

const standingGrant = query<{ personId: string; workspaceId: string; role: string; siteId: string | null }>()((db, $) =>
  db
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(
        eq(grants.personId, $.personId),
        eq(grants.workspaceId, $.workspaceId),
        eq(grants.role, $.role),
        sql`${grants.siteId} is not distinct from ${$.siteId}::uuid`,
        isNull(grants.revokedAt),
        sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`,
      ),
    ),
);

export interface FirstPerson {
  /** The institution's slug. */
  readonly tenant: string;
  readonly name: string;
  readonly email: string;
  /** A role for the whole institution: "administrator". */
  readonly role?: string;
}

/** `cairn user create`: with the owner's rights, for the first administrator of an institution. */
export async function createPerson(
  database: Database,
  { tenant, name, email, role }: FirstPerson,
): Promise<{ id: string }> {
  const address = email.trim().toLowerCase();
  if (!isEmail(address)) throw new Refusal(`${email} is not an e-mail address.`);
  return withOwner(database.owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(database.roles.owner)}`);
    const [place] = await sql<{ id: string }[]>`select tenant_id as id from core.tenants where slug = ${tenant}`;
    if (!place) throw new Refusal(`No institution is called ${tenant}. Make it with: cairn tenant create`);
    const [known] = await sql<
      { id: string }[]
    >`select id from core.persons where tenant_id = ${place.id} and email = ${address}`;
    if (known && !role) throw new Refusal(`${address} has an account at ${tenant} already.`);
    const [person] = known
      ? [known]
      : await sql<
          { id: string }[]
        >`insert into core.persons (tenant_id, name, email) values (${place.id}, ${name}, ${address}) returning id`;
    if (!person) throw new Error("the account was not made");
    if (role) {
      const [declared] = await sql`select 1 from core.roles where role = ${role} and tenant_id is null`;
      if (!declared) throw new Refusal(`No role is called ${role}.`);
      await sql`insert into core.grants (tenant_id, person_id, role) values (${place.id}, ${person.id}, ${role})`;
    }
    return { id: person.id };
  });
}
