import { installCatalogue } from "@core/access/install.ts";
import { type Command, readWords } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { migrationsDirectory, reachDatabase } from "@core/db/database.ts";
import { migrate, plan } from "@core/db/migrate.ts";
import { type Migration, readMigrations } from "@core/db/migrations.ts";
import { loadKernel } from "@core/product.ts";
import { exitCodes } from "@core/refusal.ts";

export const migrateCommand: Command = {
  name: "migrate",
  summary: "Brings the database in step: roles, then pending migrations.",
  usage: `Usage: cairn migrate [--plan]

  --plan    says what would be applied, and changes nothing

Signs in by DATABASE_URL as the database's owner, who needs CREATEROLE. In production this is the only command that uses
the owner's rights; run it at every update before "cairn serve". Running it twice, or twice at once, does no harm.`,
  async run(words) {
    const options = readWords(words, { plan: { type: "boolean" } });
    const config = readConfig();
    const database = await reachDatabase(config, { share: true });
    try {
      const known = readMigrations(migrationsDirectory);
      if (options.plan) {
        console.log(list("Pending", await plan(database.owner, known)));
        return exitCodes.done;
      }
      console.log(list("Applied", await migrate(database.owner, database.roles, config.secretKey, known)));
      await installCatalogue(database, config.secretKey, await loadKernel(config));
      return exitCodes.done;
    } finally {
      await database.stop();
    }
  },
};

function list(title: string, migrations: readonly Migration[]): string {
  if (migrations.length === 0) return "The database is in step; there is nothing to apply.";
  const lines = migrations.map(({ folder, name }) => `  ${folder}/${name}`);
  return `${title}:\n${lines.join("\n")}`;
}
