/**
 * The letters of a demonstration, for whoever tries Cairn out without a mail server. It shows links that sign people in:
 * so the routes exist in development alone, and answer only for an institution in which everybody is invented.
 */

import { Type } from "@sinclair/typebox";
import { Empty } from "@views/empty.tsx";
import { Page } from "@views/page.tsx";
import { Facts } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { Config } from "../config.ts";
import type { KernelContext } from "../context.ts";
import type { DemoMail } from "../identity/door.ts";
import type { KernelRoutes } from "../kernel.ts";
import { anyone, type Context, routesFor, type Vocabulary } from "../module.ts";
import { Problem } from "../problem.ts";
import { Paragraphs } from "./letter-page.tsx";
import { type Letter, openLetter } from "./mail.ts";

/** Nothing at all in production: there a letter is read where it was sent to. */
export function mailRoutes({ environment }: Pick<Config, "environment">): KernelRoutes[] {
  return environment === "development" ? [{ place: "institution", routes: [list, one] }] : [];
}

type Shown = DemoMail & Letter;

const { get } = routesFor<Vocabulary>();

const list = get("/outbox", {
  needs: anyone,
  async run(_input, ctx) {
    const letters = await readLetters(ctx);
    return (
      <Page title="Outbox">
        <p>Letters that {ctx.tenant.name} would have sent. They never leave this machine.</p>
        <DataTable
          caption={letters.length === 1 ? "1 letter" : `${letters.length} letters, newest first`}
          rows={letters}
          columns={[
            { key: "subject", head: "Subject", cell: ({ id, subject }) => <a href={`/outbox/${id}`}>{subject}</a> },
            { key: "to", head: "To", cell: ({ to }) => to },
            { key: "at", head: "Written", cell: ({ madeAt }) => <Time at={madeAt} /> },
            { key: "state", head: "State", cell: stateOf },
          ]}
          empty={<Empty title="No letters yet">Ask for a sign-in link, and it will be here in a second.</Empty>}
        />
      </Page>
    );
  },
});

const one = get("/outbox/:id", {
  needs: anyone,
  params: Type.Object({ id: Type.String({ format: "uuid" }) }),
  async run({ params }, ctx) {
    const [letter] = await readLetters(ctx, params.id);
    if (!letter) throw Problem.notFound("There is no such letter, or its institution is not a demonstration.");
    return (
      <Page title={letter.subject} crumbs={[{ label: "Outbox", href: "/outbox" }]}>
        <Facts
          facts={[
            { term: "To", value: letter.to },
            { term: "Written", value: <Time at={letter.madeAt} /> },
            { term: "State", value: stateOf(letter) },
          ]}
        />
        <Paragraphs text={letter.text} />
      </Page>
    );
  },
});

function stateOf({ state, why }: DemoMail): string {
  return why === null ? state : `${state} (${why})`;
}

/** The door gives nothing for an institution that is not a demonstration; then there is no such page either. */
async function readLetters(ctx: Context, id?: string): Promise<Shown[]> {
  const { house, lease, tenant } = ctx as unknown as KernelContext;
  if (!(await house.door.findTenant(tenant.slug))?.demo) throw Problem.notFound();
  const mails = await house.door.demoMails(tenant.id);
  const wanted = id === undefined ? mails : mails.filter((mail) => mail.id === id);
  return await Promise.all(
    wanted.map(async (mail) => ({ ...mail, ...(await openLetter(house, tenant.id, lease, mail.id, mail.letter)) })),
  );
}
