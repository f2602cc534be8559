/** The institution's list of what a module keeps in its workspaces: one row a workspace, from the cards they keep. */

import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { and, eq, isNull } from "drizzle-orm";
import { jsonb, text, uuid } from "drizzle-orm/pg-core";
import { query } from "../db/query.ts";
import { ownGet } from "../http/own-route.ts";
import type { KernelRoutes } from "../kernel.ts";
import { type Card, type CardColumn, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { core, moment, workspaces } from "../tenancy/tables.ts";
import { type CardRow, chooseCards, valuesIn } from "./choice.ts";

const cards = core.table("cards", {
  tenantId: uuid("tenant_id").notNull(),
  workspaceId: uuid("workspace_id").notNull(),
  id: uuid("id").primaryKey(),
  module: text("module").notNull(),
  facts: jsonb("facts").$type<Readonly<Record<string, string | number | null>>>().notNull(),
  changedAt: moment("changed_at").notNull(),
});
const cardsOf = query<{ module: string }>()((db, $) =>
  db
    .select({
      id: cards.id,
      slug: workspaces.slug,
      title: workspaces.title,
      facts: cards.facts,
      changedAt: cards.changedAt,
    })
    .from(cards)
    .innerJoin(workspaces, eq(workspaces.id, cards.workspaceId))
    .where(and(eq(cards.module, $.module), isNull(workspaces.archivedAt))),
);

const PAGE = 50;

const list = ownGet("/registry/:module", {
  needs: signedIn,
  params: t.Object({ module: t.String({ pattern: "^[a-z]{2,30}$" }) }),
  run: async ({ params }, ctx) => {
    const asked = Object.fromEntries(
      [...ctx.incoming.url.searchParams].slice(0, 20).map(([name, value]) => [name, value.slice(0, 200)]),
    );
    const module = ctx.house.kernel.modules.find(({ id, card }) => id === params.module && card);
    if (!module?.card) throw Problem.notFound();
    const rows = await ctx.db.all(cardsOf, { module: module.id });
    const chosen = chooseCards(rows, module.card.columns, asked);
    const from = Math.max(0, Math.floor(Number(asked.from ?? 0) || 0));
    const at = `/registry/${module.id}`;
    return (
      <CardList
        card={module.card}
        at={at}
        asked={asked}
        all={rows}
        shown={chosen.slice(from, from + PAGE)}
        total={chosen.length}
        from={from}
      />
    );
  },
});

interface CardListProps {
  readonly card: Card;
  readonly at: string;
  readonly asked: Readonly<Record<string, string>>;
  readonly all: readonly CardRow[];
  readonly shown: readonly CardRow[];
  readonly total: number;
  readonly from: number;
}

const CardList = ({ card, at, asked, all, shown, total, from }: CardListProps): Html => {
  const to = (change: Readonly<Record<string, string | undefined>>) => {
    const kept: Readonly<Record<string, string | undefined>> = { ...asked, from: undefined, ...change };
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(kept)) if (value) search.set(name, value);
    return search.size === 0 ? at : `${at}?${search}`;
  };
  const sort = asked.sort ? { key: asked.sort, down: asked.dir === "desc" } : undefined;
  return (
    <Page title={card.title} lead={card.summary}>
      <Filters action={at} clear={at}>
        <TextField name="find" label="Find" value={asked.find ?? ""} type="search" />
        {card.columns
          .filter(({ filter }) => filter)
          .map(({ key, title }) => (
            <Select name={key} label={title} options={valuesIn(all, key)} empty="All" value={asked[key] ?? ""} />
          ))}
        <Button>Show</Button>
      </Filters>
      <div id="list">
        <DataTable
          caption={total === 1 ? "1 entry" : `${total} entries`}
          columns={[
            {
              key: "title",
              head: "Title",
              wrap: true,
              sortable: true,
              cell: (row: CardRow) => <a href={`/w/${row.slug}`}>{row.title}</a>,
            },
            ...card.columns.map((column) => ({
              key: column.key,
              head: column.title,
              sortable: true,
              ...(column.kind === "number" ? { align: "end" as const } : {}),
              cell: (row: CardRow) => <Fact column={column} value={row.facts[column.key] ?? null} />,
            })),
          ]}
          rows={shown}
          {...(sort ? { sort } : {})}
          sortHref={({ key, down }) => to({ sort: key, dir: down ? "desc" : undefined })}
          empty={
            <Empty title="Nothing here">
              {all.length === 0
                ? "You have no place of this kind yet, or none has a card."
                : "Nothing matches what you asked for."}
            </Empty>
          }
        />
        {total > PAGE && (
          <Pager
            from={from + 1}
            to={from + shown.length}
            total={total}
            {...(from > 0 ? { previous: to({ from: String(Math.max(0, from - PAGE)) }) } : {})}
            {...(from + PAGE < total ? { next: to({ from: String(from + PAGE) }) } : {})}
          />
        )}
      </div>
    </Page>
  );
};

const Fact = ({ column, value }: { column: CardColumn; value: string | number | null }): Html => {
  if (value === null || value === "") return <span class="muted">–</span>;
  return column.kind === "state" ? <Badge tone="info">{String(value)}</Badge> : <span>{String(value)}</span>;
};

export const registryRoutes: KernelRoutes = { place: "institution", routes: [list] };
