/** Letters of an institution as the mailer would send them, opened. */
import { type Letter, openLetter } from "@core/mail/mail.ts";
import type { TestTenant, World } from "./world.ts";

/** Newest first. */
export async function lettersOf(world: World, tenant: TestTenant = world.here): Promise<Letter[]> {
  const mails = await world.house.door.demoMails(tenant.id);
  const standing = { tenantId: tenant.id, workspaceId: null, kind: "nobody", actorId: null, sessionRef: "" } as const;
  return world.house.transactions.run(
    standing,
    { readOnly: true },
    (lease) => Promise.all(mails.map((mail) => openLetter(world.house, tenant.id, lease, mail.id, mail.letter))),
    async () => {},
  );
}

/** The path of the first link in the newest letter to this address; "" when there is none. */
export async function linkIn(world: World, email: string, tenant: TestTenant = world.here): Promise<string> {
  const letter = (await lettersOf(world, tenant)).find(({ to }) => to === email);
  const [link] = /http:\/\/\S+/.exec(letter?.text ?? "") ?? [];
  return link ? new URL(link).pathname : "";
}
