/**
 * Two invented hospitals. Places and accounts are laid by hand; everything that happens in them goes through the same
 * doors as a person: a session, a form, the straight line, the record.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Sql } from "postgres";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { withOwner } from "./db/migrate.ts";
import { quoteName } from "./db/roles.ts";
import { tellAccess } from "./demo-access.ts";
import type { Kernel } from "./kernel.ts";
import type { DemoPerson, DemoStage, DemoWorkspace, Upload } from "./module.ts";
import { type OpenHouse, openHouse } from "./open-house.ts";
import { loadKernel } from "./product.ts";
import { Refusal } from "./refusal.ts";

const INSTITUTIONS = [
  { slug: "northfield", name: "Northfield Hospital (invented)" },
  { slug: "lakeside", name: "Lakeside Medical Center (invented)" },
] as const;

/** Stands in the data folder while the hospitals are being furnished: a half-told story is told again from the start. */
const UNFINISHED = "demo-unfinished";

/**
 * Makes what is missing; an institution that is there stays as it is. Answers with a sentence.
 * @param say told before the work begins, which takes some seconds; not called when there is nothing to do
 */
export async function loadDemo(
  database: Database,
  config: Config,
  running?: OpenHouse,
  say: (sentence: string) => void = () => {},
  kernel?: Kernel,
): Promise<string> {
  const unfinished = join(config.data, UNFINISHED);
  if (running && existsSync(unfinished)) await purgeDemo(database);
  const missing = await withOwner(database.owner, async (sql) => {
    const there = await sql<{ slug: string }[]>`select slug from core.tenants`;
    const slugs = new Set(there.map(({ slug }) => slug));
    // In a database that holds a real institution nothing is made unasked.
    if (running && slugs.size > 0) return [];
    return INSTITUTIONS.filter(({ slug }) => !slugs.has(slug));
  });
  if (missing.length === 0) return "Both demo hospitals are there already.";
  say("The two demo hospitals are being furnished; this takes some seconds, the first time only.");
  const open =
    running ??
    (await openHouse(config, database, kernel ?? (await loadKernel(config)), {
      log: () => {},
      leases: 8,
      worker: false,
    }));
  try {
    writeFileSync(unfinished, "");
    // One after the other: plain localhost is the first that was made.
    const tenants: Tenant[] = [];
    for (const institution of missing) tenants.push(await lay(database, institution));
    await Promise.all(tenants.map((tenant) => furnish(database, open, tenant)));
    rmSync(unfinished);
  } finally {
    if (!running) await open.stop();
  }
  return `Made ${missing.map(({ name }) => name).join(" and ")}.`;
}

interface Tenant {
  readonly id: string;
  readonly slug: string;
}

async function lay(database: Database, { slug, name }: (typeof INSTITUTIONS)[number]): Promise<Tenant> {
  return asOwner(database, async (sql) => {
    const [row] = await sql<
      { id: string }[]
    >`insert into core.tenants (slug, name, demo) values (${slug}, ${name}, true) returning tenant_id as id`;
    return { id: row?.id as string, slug };
  });
}

const asOwner = async <T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> =>
  withOwner(database.owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(database.roles.owner)}`);
    return work(sql);
  });

/**
 * Files of somebody's own come into the first demo hospital through the front door. Answers with a sentence, also when
 * the files or the hospital are not there.
 */
export async function importIntoDemo(database: Database, config: Config, paths: readonly string[]): Promise<string> {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) return `Nothing was done: there is no ${missing.join(" and no ")}.`;
  const { slug } = INSTITUTIONS[0];
  const [tenant] = await withOwner(
    database.owner,
    (sql) => sql<Tenant[]>`select tenant_id as id, slug from core.tenants where slug = ${slug} and demo`,
  );
  if (!tenant) return "Nothing was done: the demo hospitals are not there. “cairn demo load” makes them.";
  const files = await Promise.all(
    paths.map(async (path) => ({
      filename: basename(path),
      bytes: new Uint8Array(await Bun.file(path).arrayBuffer()),
    })),
  );
  const options = { log: () => {}, leases: 8, worker: false };
  const open = await openHouse(config, database, await loadKernel(config), options);
  try {
    const said: string[] = [];
    await furnish(database, open, tenant, async (stage) => {
      for (const module of open.house.kernel.modules) said.push((await module.demoImport?.(stage, files)) ?? "");
    });
    return said.filter(Boolean).join(" ");
  } finally {
    await open.stop();
  }
}

/** `tell`: what is told there instead of the modules' own stories. */
async function furnish(
  database: Database,
  open: OpenHouse,
  { id: tenantId, slug }: Tenant,
  tell?: (stage: DemoStage) => Promise<void>,
): Promise<void> {
  const { house } = open;
  const account = async (of: { name: string; email: string }): Promise<string> =>
    asOwner(database, async (sql) => {
      const email = of.email.toLowerCase();
      // Never an update: who may change an account is asked of people, and the owner is none.
      const [made] = await sql<{ id: string }[]>`
        insert into core.persons (tenant_id, name, email) values (${tenantId}, ${of.name}, ${email})
        on conflict do nothing returning id`;
      if (made) return made.id;
      const [row] = await sql<
        { id: string }[]
      >`select id from core.persons where tenant_id = ${tenantId} and email = ${email}`;
      return row?.id as string;
    });
  const grant = (personId: string, role: string, workspaceId: string | null, site: string | null) =>
    asOwner(database, async (sql) => {
      if (site && workspaceId) {
        await sql`insert into core.sites (tenant_id, workspace_id, code, name) values (${tenantId}, ${workspaceId}, ${site}, ${site}) on conflict do nothing`;
      }
      await sql`insert into core.grants (tenant_id, person_id, role, workspace_id, site_id, reason)
        select ${tenantId}, ${personId}, ${role}, ${workspaceId},
          (select id from core.sites where tenant_id = ${tenantId} and workspace_id = ${workspaceId} and code = ${site}), 'demonstration'
        where not exists (select from core.grants where tenant_id = ${tenantId} and person_id = ${personId} and role = ${role}
          and workspace_id is not distinct from ${workspaceId} and revoked_at is null)`;
    });
  const ada = await account({ name: "Ada Administrator", email: `ada@${slug}.example` });
  await grant(ada, "administrator", null, null);

  const person = (id: string, personName: string): DemoPerson => {
    let cookie: Promise<string> | null = null;
    const send = async (path: string, init: RequestInit): Promise<Response> => {
      cookie ??= house.sessions
        .open(tenantId, id, "demo story", null, null)
        .then((token) => house.tokens.sign(token, tenantId));
      const url = new URL(path, house.config.baseUrl);
      url.hostname = `${slug}.localhost`;
      const headers = {
        cookie: `${house.config.baseUrl.startsWith("https:") ? "__Host-" : ""}sid=${await cookie}`,
        "sec-fetch-site": "same-origin",
      };
      return open.web.fetch(new Request(url, { ...init, headers }), "127.0.0.1");
    };
    const refuse = async (path: string, response: Response): Promise<never> => {
      const text = (await response.text())
        .replace(/<(script|style)[\s\S]*?<\/\1>/g, "")
        .replace(/<[^>]+>/g, " ")
        .replace(/\s+/g, " ");
      throw new Refusal(
        `The demo story stopped: ${personName} was answered ${response.status} at ${path}: ${text.slice(0, 600)}`,
      );
    };
    return {
      id,
      name: personName,
      async post(path, form) {
        const response = await insist(() => send(path, { method: "POST", body: bodyOf(form) }));
        if (response.status !== 303) return refuse(path, response);
        return { location: response.headers.get("location") ?? "" };
      },
      async get(path) {
        const response = await insist(() => send(path, {}));
        return response.ok ? response.text() : refuse(path, response);
      },
    };
  };

  const stage: DemoStage = {
    institution: slug,
    async workspace({ slug: at, title, kind, specialty, modules }): Promise<DemoWorkspace> {
      const workspaceId = await asOwner(database, async (sql) => {
        const [row] = await sql<{ id: string }[]>`
          insert into core.workspaces (tenant_id, slug, title, kind, specialty) values (${tenantId}, ${at}, ${title}, ${kind}, ${specialty ?? null})
          on conflict (tenant_id, slug) do update set title = excluded.title returning id`;
        for (const module of modules) {
          await sql`insert into core.switches (tenant_id, workspace_id, module, is_on, made_by) values (${tenantId}, ${row?.id as string}, ${module}, true, ${ada})`;
        }
        return row?.id as string;
      });
      return {
        id: workspaceId,
        slug: at,
        person: async (of) => {
          const id = await account(of);
          await grant(id, of.role, workspaceId, of.site ?? null);
          return person(id, of.name);
        },
        past: (of) => asOwner(database, (sql) => setBack(sql, workspaceId, of)),
        turnBack: async (of) => {
          // What the chapter set going belongs to it.
          await house.prompts.settled();
          await asOwner(database, (sql) => turnBack(sql, workspaceId, of));
        },
      };
    },
  };
  if (tell) return tell(stage);
  for (const module of house.kernel.modules) await module.demo?.(stage);
  const administers = house.kernel.catalogue.some(({ pattern }) => pattern === "/admin/roles");
  if (slug !== INSTITUTIONS[0].slug || !administers) return;
  await tellAccess({
    tenantId,
    slug,
    administrator: person(ada, "Ada Administrator"),
    ask: (question) => asOwner(database, question),
    account: async (of) => person(await account(of), of.name),
    as: person,
    past: (workspaceId, of) => asOwner(database, (sql) => setBack(sql, workspaceId, of)),
  });
}

/** As a browser does with a page that says the server is busy: nothing was done, so it is sent again. */
async function insist(send: () => Promise<Response>): Promise<Response> {
  for (let times = 1; ; times += 1) {
    const response = await send();
    if (response.status !== 503 || times === 5) return response;
    await Bun.sleep(times * 1_000);
  }
}

type Past = Parameters<DemoWorkspace["past"]>[0];

/** Only moments, and only of one workspace's rows; what guards the rows is off for this one statement. */
async function setBack(sql: Sql, workspaceId: string, { table, where, at, spread = 0, moments }: Past): Promise<void> {
  const name = (text: string) => {
    const parts = text.split(".");
    if (!parts.every((part) => /^[a-z_]+$/.test(part))) throw new Refusal(`${text} is no name of a table or column`);
    return parts.map(quoteName).join(".");
  };
  const shift = spread > 0 ? `(abs(hashtext(id::text)) % ${Math.floor(spread)})` : "0";
  const set = Object.entries(moments)
    .map(
      ([column, days]) =>
        `${name(column)} = case when ${name(column)} is not null then $1::timestamptz + interval '1 day' * (${shift} + ${Number(days)}) end`,
    )
    .join(", ");
  const which = where.via
    ? `${name(where.column)} in (select id from ${name(where.via.table)} where workspace_id = $2::uuid and ${name(where.via.column)} = $3::uuid)`
    : `${name(where.column)} = $3::uuid`;
  // One transaction: another hospital's story waits for the table until the guards are on again.
  await sql.unsafe("begin");
  try {
    await sql.unsafe(`alter table ${name(table)} disable trigger user`);
    await sql.unsafe(`update ${name(table)} set ${set} where workspace_id = $2::uuid and ${which}`, [
      at.toISOString(),
      workspaceId,
      where.value,
    ]);
    await sql.unsafe(`alter table ${name(table)} enable trigger user`);
    await sql.unsafe("commit");
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  }
}

/** As setBack, for all tables of a module at once, and by so many days instead of to one. */
async function turnBack(
  sql: Sql,
  workspaceId: string,
  { schema, days, dates = [], texts = [] }: Parameters<DemoWorkspace["turnBack"]>[0],
): Promise<void> {
  const columns = await sql<{ name: string; column: string; type: string }[]>`
    select c.relname as name, a.attname as column, format_type(a.atttypid, null) as type from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = ${schema}
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')
    order by c.relname`;
  const by = Number(days);
  const moved = ({ name, column, type }: (typeof columns)[number]): string | null => {
    const here = quoteName(column);
    if (type === "timestamp with time zone") return `${here} = ${here} - interval '${by} days'`;
    if (dates.includes(`${name}.${column}`)) return `${here} = ${here} - ${by}`;
    if (texts.includes(`${name}.${column}`))
      return `${here} = to_char(${here}::timestamp - interval '${by} days', 'YYYY-MM-DD"T"HH24:MI')`;
    return null;
  };
  await sql.unsafe("begin");
  try {
    for (const [name, all] of Map.groupBy(columns, (one) => one.name)) {
      const sets = all.flatMap((one) => moved(one) ?? []);
      const table = `${quoteName(schema)}.${quoteName(name)}`;
      if (sets.length === 0) continue;
      const [found] = await sql.unsafe(`select 1 from ${table} where workspace_id = $1::uuid limit 1`, [workspaceId]);
      if (!found) continue;
      await sql.unsafe(`alter table ${table} disable trigger user`);
      await sql.unsafe(`update ${table} set ${sets.join(", ")} where workspace_id = $1::uuid`, [workspaceId]);
      await sql.unsafe(`alter table ${table} enable trigger user`);
    }
    await sql.unsafe("commit");
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  }
}

function bodyOf(form: Readonly<Record<string, string | readonly string[] | Upload>>): FormData | URLSearchParams {
  const hasFile = Object.values(form).some((value) => typeof value === "object" && "bytes" in value);
  const body = hasFile ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (typeof value === "string") body.append(name, value);
    else if ("bytes" in value)
      (body as FormData).append(name, new File([value.bytes as unknown as BlobPart], value.filename));
    else for (const item of value) body.append(name, item);
  }
  return body;
}

/** What is printed at a start without configuration: the hospitals' addresses, and who can be signed in as with one click. */
export async function describeDemo(database: Database, url: string): Promise<string> {
  return withOwner(database.owner, async (sql) => {
    const people = await sql<{ tenant: string; slug: string; name: string; role: string }[]>`
      select distinct on (t.made_at, t.slug, r.title) t.name as tenant, t.slug, p.name, r.title as role
      from core.tenants t join core.persons p on p.tenant_id = t.tenant_id
      join core.grants g on g.tenant_id = p.tenant_id and g.person_id = p.id and g.revoked_at is null
      join core.roles r on r.role = g.role where t.demo
      order by t.made_at, t.slug, r.title, p.made_at, p.name`;
    const port = new URL(url).port;
    const lines: string[] = [];
    for (const slug of new Set(people.map((one) => one.slug))) {
      const here = people.filter((one) => one.slug === slug);
      lines.push(`\n  ${here[0]?.tenant}: http://${slug}.localhost:${port}`);
      for (const { name, role } of here) lines.push(`    ${role.padEnd(28)} ${name}`);
    }
    lines.push("\nEveryone here is invented. Sign in with one click on /sign-in. Ctrl-C stops Cairn.\n");
    return `${lines.join("\n")}\n`;
  });
}

/** Removes the two demo institutions and everything in them, and nothing else. */
export async function purgeDemo(database: Database): Promise<string> {
  return withOwner(database.owner, async (sql) => {
    const slugs = INSTITUTIONS.map(({ slug }) => slug);
    await sql.unsafe("begin");
    try {
      await sql.unsafe(`set local role ${quoteName(database.roles.owner)}`);
      const tenants = await sql<
        { id: string }[]
      >`select tenant_id as id from core.tenants where demo and slug = any(${slugs})`;
      const ids = tenants.map(({ id }) => id);
      let tables = (
        await sql<{ name: string }[]>`
          select format('%I.%I', n.nspname, c.relname) as name from pg_attribute a
          join pg_class c on c.oid = a.attrelid and c.relkind = 'r' join pg_namespace n on n.oid = c.relnamespace
          where a.attname = 'tenant_id' and not a.attisdropped and c.relowner = current_user::regrole
            and n.nspname || '.' || c.relname not in ('core.audit_leaves', 'core.audit_trees', 'core.audit_heads')`
      ).map(({ name }) => name);
      // Their seals stay: the log of all institutions goes on adding up, and the verifier knows why events are gone.
      await sql`insert into core.purged (institution, slug) select tenant_id, slug from core.tenants where tenant_id = any(${ids}::uuid[])`;
      for (const table of tables) await sql.unsafe(`alter table ${table} disable trigger user`);
      const all = tables;
      // Rows that others point at go in a later round; each round must get rid of something.
      while (ids.length > 0 && tables.length > 0) {
        const stuck: string[] = [];
        for (const table of tables) {
          await sql.unsafe("savepoint one_table");
          try {
            await sql.unsafe(`delete from ${table} where tenant_id = any($1::uuid[])`, [ids]);
          } catch {
            await sql.unsafe("rollback to savepoint one_table");
            stuck.push(table);
          }
        }
        if (stuck.length === tables.length)
          throw new Refusal("The demo hospitals could not be removed; nothing was changed.");
        tables = stuck;
      }
      for (const table of all) await sql.unsafe(`alter table ${table} enable trigger user`);
      await sql.unsafe("commit");
      return ids.length === 0
        ? "There were no demo hospitals."
        : `Removed ${ids.length} demo hospitals and everything in them.`;
    } catch (error) {
      await sql.unsafe("rollback");
      throw error;
    }
  });
}
