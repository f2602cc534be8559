import { readFileSync } from "node:fs";
import { exportTenant, importTenant } from "@core/backup/exit.ts";
import { parseIdentity, parseRecipient } from "@core/backup/recipients.ts";
import { type Command, loadPart, need, readWords, readWordsAnd, UsageRefusal } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { type Database, openDatabase, reachDatabase } from "@core/db/database.ts";
import { openVault } from "@core/open-house.ts";
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

export const tenantExport: Command = {
  name: "tenant export",
  summary: "Writes everything of one institution into one sealed file, for a house of its own.",
  usage: `Usage: cairn tenant export --tenant <slug> --to <recipient> [--to …] <file>

  --to    who can open it: the institution makes both halves with "cairn backup recipient" and hands you the public one

Rows, the record, files and keys, from one unmoving view; sealed to the recipients alone. A fresh Cairn takes it in with
"cairn tenant import". Nothing is removed here.`,
  async run(words) {
    const { values, word: file } = readWordsAnd(
      words,
      { tenant: { type: "string" }, to: { type: "string", multiple: true } },
      "the file to write",
    );
    const slug = need(values.tenant, "--tenant", "the institution's slug");
    const config = readConfig();
    const database = await openDatabase(config, { share: true });
    const vault = await openVault(config);
    try {
      const left = await exportTenant({ config, database, vault }, slug, file, (values.to ?? []).map(parseRecipient));
      console.log(
        `${left.name}: ${left.rows} rows of ${left.tables.length} tables, ${(left.bytes / 1e6).toFixed(1)} MB in ${file}.`,
      );
      console.log(`SHA-256 ${left.sha256}`);
      return exitCodes.done;
    } finally {
      vault.close();
      await database.stop();
    }
  },
};

export const tenantImport: Command = {
  name: "tenant import",
  summary: "Takes an institution's file into a fresh installation.",
  usage: `Usage: cairn tenant import --identity <file> <file>

  --identity    the private half that "cairn backup recipient" wrote

The installation must hold no institution. Every table is compared with the checksum in the file; the keys are wrapped for
this house's key service; the record is sealed anew under its signature, in a new era. Authenticator apps have to be set up
again: their seeds were sealed under the old house's own key. Ends with 1 when a table is not the same.`,
  async run(words) {
    const { values, word: file } = readWordsAnd(words, { identity: { type: "string" } }, "the institution's file");
    const identity = parseIdentity(readFileSync(need(values.identity, "--identity", "the recipient's file"), "utf8"));
    const config = readConfig();
    const database = await reachDatabase(config, { share: true });
    const vault = await openVault(config);
    try {
      const source = Bun.file(file).stream() as unknown as AsyncIterable<Uint8Array>;
      const { name, slug, rows, tables, keys, wrong, era } = await importTenant(
        { config, database, vault },
        source,
        identity,
      );
      console.log(
        `${name} (${slug}): ${rows} rows of ${tables} tables; ${keys} keys are this house's now; the record goes on in era ${era}.`,
      );
      for (const sentence of wrong) console.error(sentence);
      if (wrong.length === 0) console.log("Every table has the checksum it had.");
      return wrong.length === 0 ? exitCodes.done : exitCodes.failed;
    } finally {
      vault.close();
      await database.stop();
    }
  },
};
