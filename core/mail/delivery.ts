/**
 * The kernel's job "core.mail": one letter to the mail server, and its record. A crash between the server's yes and the
 * row that says so sends the letter again, under the same Message-ID: better twice than never.
 */
import { type Act, Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import type { Place } from "../jobs/desk.ts";
import { systemSituation, systemVisitor } from "../jobs/system.ts";
import type { Transactions } from "../tenancy/transaction.ts";
import { openLetter } from "./mail.ts";
import { type Mailer, MailRefused, MailUnavailable } from "./mailer.ts";

interface PostOffice {
  readonly house: House;
  readonly transactions: Transactions;
  readonly mailer: Mailer;
}
interface Parcel {
  readonly jobId: string;
  readonly mail: string;
  readonly place: Place;
  /** After this try the letter is given up. */
  readonly isLast: boolean;
}

type Ending = { readonly state: "queued" | "sent" | "failed"; readonly why: string | null };

/** Throws when it has to be tried again. */
export async function deliver({ house, transactions, mailer }: PostOffice, parcel: Parcel): Promise<void> {
  const { jobId, mail, place, isLast } = parcel;
  const { standing } = systemSituation("core.mail", place, null, ["core.mail.deliver"]);
  const letter = await transactions.run(
    standing,
    { readOnly: false },
    async (lease) => {
      const [row] = await lease.rows("select core.take_mail($1::uuid)", [mail]);
      const sealed = row?.[0] as Uint8Array | null | undefined;
      return sealed ? await openLetter(house, place.tenant.id, lease, mail, sealed) : null;
    },
    async () => {}, // recorded below, with what became of it
  );
  if (!letter) return; // settled already: begun again after a crash

  let ending: Ending;
  try {
    await mailer.send(letter, mail);
    ending = { state: "sent", why: null };
  } catch (error) {
    if (error instanceof MailRefused) ending = { state: "failed", why: error.code };
    else if (error instanceof MailUnavailable) ending = { state: isLast ? "failed" : "queued", why: error.code };
    else throw error;
    house.log("warn", `mail.${ending.state}`, { mail, code: ending.why });
  }
  await transactions.run(
    standing,
    { readOnly: false },
    async (lease) => await lease.rows("select core.settle_mail($1::uuid, $2, $3)", [mail, ending.state, ending.why]),
    async (lease) => {
      const act: Act = { requestId: jobId, name: "JOB core.mail", permission: null };
      const trail = new Trail();
      trail.changes("core.mails", mail);
      const isSent = ending.state === "sent";
      await trail.write(lease, systemVisitor("core.mail"), act, {
        outcome: isSent ? "done" : "failed",
        status: isSent ? 200 : 500,
        sentence: SENTENCES[ending.state],
        detail: { mail, ...(ending.why === null ? {} : { code: ending.why }) },
      });
    },
  );
  if (ending.state === "queued") throw new MailUnavailable(ending.why ?? "unknown");
}

const SENTENCES: Readonly<Record<Ending["state"], string>> = {
  sent: "system:core.mail sent a letter",
  queued: "system:core.mail could not send a letter yet; it will be tried again",
  failed: "system:core.mail could not send a letter, and gave it up",
};
