import { type Command, loadPart, need, readWords, UsageRefusal } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { type Database, openDatabase } from "@core/db/database.ts";
import { exitCodes } from "@core/refusal.ts";

/** A new account as the command line gives it to `core/identity/persons.ts`. */
export interface NewPerson {
  readonly tenant: string;
  readonly name: string;
  readonly email: string;
  readonly role?: string;
}

type CreatePerson = (database: Database, person: NewPerson) => Promise<{ readonly id: string }>;

export const userCreate: Command = {
  name: "user create",
  summary: "Makes an account in an institution.",
  usage: `Usage: cairn user create --tenant <slug> --name <name> --email <address> [--role <role>]

  --tenant  the institution's slug
  --name    the person's name
  --email   where the link to choose a password is sent
  --role    a role for the whole institution: administrator; without it the account may do nothing yet

Prints the new person's id, and beside it (on the error output) how the person comes in. No password is asked for or
shown: the person chooses one by a link that the institution's own page sends.`,
  async run(words) {
    const text = { type: "string" } as const;
    const options = readWords(words, { tenant: text, name: text, email: text, role: text });
    const tenant = need(options.tenant, "--tenant", "the institution's slug");
    const name = need(options.name, "--name", "the person's name");
    const email = need(options.email, "--email", "the person's address");
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new UsageRefusal(`"${email}" is no mail address.`);
    const createPerson = await loadPart<CreatePerson>("identity/persons.ts", "createPerson");
    const config = readConfig();
    const database = await openDatabase(config, { share: true });
    try {
      const made = await createPerson(database, { tenant, name, email, ...(options.role && { role: options.role }) });
      console.log(made.id);
      const door = new URL("/sign-in/password", config.baseUrl);
      door.hostname = `${tenant}.${door.hostname}`;
      console.error(`Next: ${name} opens ${door.href} and asks for a link to choose a password.`);
      return exitCodes.done;
    } finally {
      await database.stop();
    }
  },
};
