import { type Connection, connectAs } from "@core/db/connection.ts";
import { Refusal } from "@core/refusal.ts";
import { derive, scramVerifier, sha256 } from "@core/vault/primitives.ts";
import type { Sql } from "postgres";

/** The parts a process can play against the database. `owner` and `keeper` never sign in: they own things. */
export const roleParts = ["owner", "keeper", "app", "door", "sealer", "jobs", "backup"] as const;
export type RolePart = (typeof roleParts)[number];
export type LoginPart = Exclude<RolePart, "owner" | "keeper">;
export type Roles = Readonly<Record<RolePart, string>>;

const loginParts: readonly LoginPart[] = ["app", "door", "sealer", "jobs", "backup"];

/** security.md §2.1: a request that hangs must not hold a lock or a connection for long. */
const limits: Partial<Record<LoginPart, Readonly<Record<string, string>>>> = {
  app: { statement_timeout: "15s", idle_in_transaction_session_timeout: "30s", lock_timeout: "5s" },
  door: { statement_timeout: "15s", idle_in_transaction_session_timeout: "30s", lock_timeout: "5s" },
};

/**
 * The names of this installation's roles. Roles belong to the whole server, so their names carry the database's (or
 * the prefix that a cloned database shares with its template).
 */
export function roleNames(prefix: string): Roles {
  const names = roleParts.map((part) => [part, shorten(prefix, `_${part}`)] as const);
  return Object.freeze(Object.fromEntries(names) as Record<RolePart, string>);
}

export function rolePassword(secret: string, role: string): string {
  return derive(secret, `role:${role}`).toString("base64url");
}

/** How this installation's `part` signs in to the database that `owner` reaches. */
export function connectionOf(owner: Connection, roles: Roles, part: LoginPart, secret: string): Connection {
  return connectAs(owner, roles[part], rolePassword(secret, roles[part]));
}

/**
 * Makes the roles, or puts right what is there, in one transaction. Needs a superuser, or a login with CREATEROLE that
 * owns the database. Refuses roles that have grown powers that row-level security could not hold.
 */
export async function ensureRoles(sql: Sql, roles: Roles, secret: string): Promise<void> {
  await sql.unsafe("begin");
  try {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`cairn.roles.${roles.owner}`}, 0))`;
    await requirePower(sql);
    for (const part of roleParts) await ensureRole(sql, roles, part, secret);
    await requireHarmless(sql, roles);
    await joinOwners(sql, roles);
    await admitRoles(sql, roles);
    await sql.unsafe("commit");
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  }
}

/** Lets the roles into the database that `sql` speaks to, and nobody else. A cloned database does not inherit this. */
export async function admitRoles(sql: Sql, roles: Roles): Promise<void> {
  const [row] = await sql<{ name: string }[]>`select quote_ident(current_database()) as name`;
  const database = row?.name ?? "";
  await sql.unsafe(`revoke all on database ${database} from public`);
  await sql.unsafe(`revoke create on schema public from public`);
  await sql.unsafe(`grant connect, create on database ${database} to ${quoteName(roles.owner)}`);
  const logins = loginParts.map((part) => quoteName(roles[part])).join(", ");
  await sql.unsafe(`grant connect on database ${database} to ${logins}`);
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function requirePower(sql: Sql): Promise<void> {
  const [me] = await sql<{ name: string; able: boolean; owns: boolean }[]>`
    select rolname as name, rolsuper or rolcreaterole as able,
      (select rolsuper or pg_has_role(datdba, 'USAGE') from pg_database where datname = current_database()) as owns
    from pg_roles where rolname = current_user`;
  if (!me?.able) {
    throw new Refusal(
      `${me?.name} may not make roles. Let an administrator say: alter role ${quoteName(me?.name ?? "")} createrole;`,
    );
  }
  if (!me.owns) {
    throw new Refusal(
      `${me.name} does not own this database. Let an administrator make ${quoteName(me.name)} its owner.`,
    );
  }
}

async function ensureRole(sql: Sql, roles: Roles, part: RolePart, secret: string): Promise<void> {
  const name = quoteName(roles[part]);
  const found = await sql`select 1 from pg_roles where rolname = ${roles[part]}`;
  const signsIn = isLogin(part);
  if (found.length === 0) await sql.unsafe(`create role ${name} ${signsIn ? "login" : "nologin"} noinherit`);
  if (!signsIn) return;
  await sql.unsafe(`alter role ${name} password '${scramVerifier(rolePassword(secret, roles[part]))}'`);
  for (const [setting, value] of Object.entries(limits[part] ?? {})) {
    await sql.unsafe(`alter role ${name} set ${setting} = '${value}'`);
  }
}

async function requireHarmless(sql: Sql, roles: Roles): Promise<void> {
  const names = Object.values(roles);
  const logins = loginParts.map((part) => roles[part]);
  const [strong] = await sql<{ name: string }[]>`
    select rolname as name from pg_roles
    where rolname = any(${names})
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit
        or rolcanlogin <> (rolname = any(${logins})))`;
  if (strong) {
    throw new Refusal(
      `The database role ${strong.name} has been given powers that Cairn's walls could not hold (it may be no superuser, ` +
        `bypass no row security, make no roles or databases, replicate nothing and inherit nothing). Take them back, then try again.`,
    );
  }
  const [member] = await sql<{ name: string; group: string }[]>`
    select m.rolname as name, g.rolname as group from pg_auth_members a
    join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
    where m.rolname = any(${logins})`;
  if (member) {
    throw new Refusal(
      `The database role ${member.name} has been made a member of ${member.group}, whose rights it must not have. ` +
        `Say: revoke ${quoteName(member.group)} from ${quoteName(member.name)};`,
    );
  }
}

/**
 * The migrating login must be able to become the owner and the keeper, and the owner to hand functions to the keeper.
 * From PostgreSQL 16 on, making a role gives only the right to grant it, to oneself too.
 */
async function joinOwners(sql: Sql, roles: Roles): Promise<void> {
  const wanted = [
    [roles.owner, null],
    [roles.keeper, null],
    [roles.keeper, roles.owner],
  ] as const;
  for (const [group, member] of wanted) {
    const [row] = await sql<{ name: string; has: boolean }[]>`
      select r.rolname as name,
        pg_has_role(r.rolname, ${group}, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as has
      from pg_roles r where r.rolname = coalesce(${member}, current_user)`;
    if (row && !row.has) await sql.unsafe(`grant ${quoteName(group)} to ${quoteName(row.name)}`);
  }
}

function isLogin(part: RolePart): part is LoginPart {
  return part !== "owner" && part !== "keeper";
}

/** PostgreSQL cuts names at 63 bytes without a word, which would make two roles one. */
function shorten(prefix: string, suffix: string): string {
  if (Buffer.byteLength(prefix + suffix) <= 63) return prefix + suffix;
  const mark = `_${sha256(prefix).toString("hex").slice(0, 8)}`;
  let head = prefix;
  while (Buffer.byteLength(head + mark + suffix) > 63) head = [...head].slice(0, -1).join("");
  return head + mark + suffix;
}
