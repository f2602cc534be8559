import { type Command, loadPart, need, readWords, UsageRefusal } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { type Database, openDatabase } from "@core/db/database.ts";
import { exitCodes } from "@core/refusal.ts";

/** A new institution as the command line gives it to `core/tenancy/tenants.ts`. */
export interface NewTenant {
  readonly name: string;
  readonly slug: string;
  /** The host name that leads to it, when it is not `<slug>.<host of BASE_URL>`. */
  readonly host?: string;
}

type CreateTenant = (database: Database, tenant: NewTenant) => Promise<{ readonly id: string }>;

export const tenantCreate: Command = {
  name: "tenant create",
  summary: "Makes an institution.",
  usage: `Usage: cairn tenant create --name <name> --slug <slug> [--host <host name>]

  --name    the institution's name as people know it: "Northfield General Hospital"
  --slug    small letters, digits and hyphens; it leads the address: northfield
  --host    a host name of its own: cairn.northfield.example.org

Prints the new tenant's id. Its first administrator comes with "cairn user create".`,
  async run(words) {
    const options = readWords(words, { name: { type: "string" }, slug: { type: "string" }, host: { type: "string" } });
    const name = need(options.name, "--name", "the institution's name");
    const slug = need(options.slug, "--slug", "the word that leads the address");
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(slug)) {
      throw new UsageRefusal(`"${slug}" is no slug: small letters, digits and hyphens, as in a host name.`);
    }
    const createTenant = await loadPart<CreateTenant>("tenancy/tenants.ts", "createTenant");
    const database = await openDatabase(readConfig(), { share: true });
    try {
      const made = await createTenant(database, { name, slug, ...(options.host && { host: options.host }) });
      console.log(made.id);
      return exitCodes.done;
    } finally {
      await database.stop();
    }
  },
};
