/** /admin/record/declarations: who declared that the electronic signature binds, when, and in which words (21 CFR 11.100(c)). */
import { Type as t } from "@sinclair/typebox";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Page } from "@views/page.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { desc, eq, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import { ownGet } from "../http/own-route.ts";
import { persons, signingDeclarations } from "../tenancy/tables.ts";
import { recordTabs } from "./record-pages.tsx";

const BASE = "/admin/record/declarations";
const PAGE = 50;

const declarations = query<{ offset: number; size: number }>()((db, $) =>
  db
    .select({
      id: signingDeclarations.id,
      name: signingDeclarations.printedName,
      email: persons.email,
      wording: signingDeclarations.wording,
      declared: signingDeclarations.declared,
      method: signingDeclarations.method,
      at: signingDeclarations.madeAt,
    })
    .from(signingDeclarations)
    .leftJoin(persons, eq(persons.id, signingDeclarations.personId))
    .orderBy(desc(signingDeclarations.madeAt), desc(signingDeclarations.id))
    .limit($.size)
    .offset($.offset),
);
const countDeclarations = query()((db) => db.select({ count: sql<number>`count(*)::int` }).from(signingDeclarations));

const withWhat = (method: string) =>
  ({ password: "Password", "signing-password": "Signing password", passkey: "Passkey" })[method] ?? method;

export const declarationRoutes = [
  ownGet(BASE, {
    needs: "core.audit.read",
    query: t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) }),
    run: async ({ query: { page = 1 } }, ctx) => {
      const rows = await ctx.db.all(declarations, { offset: (page - 1) * PAGE, size: PAGE });
      const { count } = await ctx.db.one(countDeclarations, {});
      const from = (page - 1) * PAGE + 1;
      return (
        <Page
          title="Declarations of signers"
          crumbs={[{ label: "Record", href: "/admin/record" }]}
          lead="Everyone who signs electronically has declared once, with the first signature, that it binds like one by hand (21 CFR 11.100)."
          tabs={recordTabs("declarations")}
          actions={count > 0 && <ButtonLink href={`${BASE}.csv`}>Download as CSV</ButtonLink>}
        >
          <DataTable
            caption={count === 1 ? "1 person, newest first" : `${count} declarations, newest first`}
            rows={rows}
            empty={
              <Empty title="Nobody has signed yet">The declaration stands above everybody's first signature.</Empty>
            }
            columns={[
              { key: "name", head: "Name", cell: (row) => row.name, wrap: true },
              { key: "at", head: "Declared", cell: (row) => <Time at={row.at} /> },
              { key: "method", head: "Given with", cell: (row) => withWhat(row.method) },
              { key: "declared", head: "In these words", cell: (row) => row.declared, wrap: true },
            ]}
          />
          <Pager
            from={count === 0 ? 0 : from}
            to={from + rows.length - 1}
            total={count}
            previous={page > 1 ? `${BASE}?page=${page - 1}` : undefined}
            next={page * PAGE < count ? `${BASE}?page=${page + 1}` : undefined}
            size={PAGE}
          />
        </Page>
      );
    },
  }),
  ownGet(`${BASE}.csv`, {
    needs: "core.audit.read",
    run: async (_, ctx) => {
      const rows = await ctx.db.all(declarations, { offset: 0, size: 100_000 });
      return ctx.csv(
        "core.declarations",
        "declarations-of-signers",
        {
          columns: [
            { title: "Printed name", kind: "text" },
            { title: "E-mail", kind: "text" },
            { title: "Declared at", kind: "date" },
            { title: "Given with", kind: "text" },
            { title: "Wording", kind: "number" },
            { title: "Words", kind: "text" },
          ],
          rows: rows.map((row) => [row.name, row.email ?? "", row.at, withWhat(row.method), row.wording, row.declared]),
        },
        rows.map(({ id }) => id),
      );
    },
  }),
];
