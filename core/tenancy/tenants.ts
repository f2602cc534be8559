/** Institutions are made from the command line, by whoever keeps the installation. */
import type { Database } from "../db/database.ts";
import { withOwner } from "../db/migrate.ts";
import { quoteName } from "../db/roles.ts";
import { Refusal } from "../refusal.ts";

export interface NewTenant {
  /** As people know it: "Northfield General Hospital". */
  readonly name: string;
  /** Leads the address: northfield.cairn.example.org. It stays as it is. */
  readonly slug: string;
  readonly host?: string;
}

/** With the owner's rights. Throws a Refusal for a slug that cannot be a host's first word, or that is taken. */
export async function createTenant(database: Database, { name, slug, host }: NewTenant): Promise<{ id: string }> {
  const title = name.trim();
  if (title.length === 0 || title.length > 200) throw new Refusal("An institution's name has 1 to 200 characters.");
  if (!/^[a-z][a-z0-9-]{1,40}$/.test(slug))
    throw new Refusal(`"${slug}" cannot lead an address: 2 to 41 small letters, digits and hyphens, a letter first.`);
  if (host !== undefined && host.toLowerCase().split(".")[0] !== slug)
    throw new Refusal(
      `An institution answers at its slug in front of the host of BASE_URL, and ${host} does not begin with "${slug}.". Leave --host out, or choose the slug "${host.split(".")[0]}".`,
    );
  return withOwner(database.owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(database.roles.owner)}`);
    const [made] = await sql<
      { id: string }[]
    >`insert into core.tenants (slug, name) values (${slug}, ${title}) on conflict (slug) do nothing returning tenant_id as id`;
    if (!made) throw new Refusal(`An institution is called ${slug} already. Choose another slug.`);
    return { id: made.id };
  });
}
