/** /admin/downloads and /w/:workspace/downloads: the ledger of every file that left. */
import { Type as t } from "@sinclair/typebox";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Page } from "@views/page.tsx";
import { DataTable, Pager } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { desc, eq, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet } from "../http/own-route.ts";
import { exports, persons, workspaces } from "../tenancy/tables.ts";

const PAGE = 50;

const listExports = query<{ offset: number }>()((db, $) =>
  db
    .select({
      id: exports.id,
      name: exports.name,
      filename: exports.filename,
      format: exports.format,
      bytes: exports.bytes,
      rows: exports.rows,
      madeAt: exports.madeAt,
      workspaceId: exports.workspaceId,
      workspace: workspaces.title,
      person: persons.name,
    })
    .from(exports)
    .leftJoin(workspaces, eq(workspaces.id, exports.workspaceId))
    .leftJoin(persons, eq(persons.id, exports.madeBy))
    .orderBy(desc(exports.madeAt), desc(exports.id))
    .limit(PAGE)
    .offset($.offset),
);
const countExports = query()((db) => db.select({ count: sql<number>`count(*)::int` }).from(exports));

const pages = t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) });

export const institutionDownloads = ownGet("/admin/downloads", {
  needs: "core.exports.read",
  query: pages,
  run: async ({ query: { page = 1 } }, ctx) => ledger(ctx, page),
});
export const workspaceDownloads = ownGet("/w/:workspace/downloads", {
  needs: "core.exports.read",
  query: pages,
  run: async ({ query: { page = 1 } }, ctx) => ledger(ctx, page),
});

async function ledger(ctx: OwnContext, page: number) {
  const rows = await ctx.db.all(listExports, { offset: (page - 1) * PAGE });
  const { count } = await ctx.db.one(countExports, {});
  const base = ctx.workspace ? `/w/${ctx.workspace.slug}/downloads` : "/admin/downloads";
  const from = (page - 1) * PAGE + 1;
  const here = ctx.workspace;
  return (
    <Page
      title="Downloads"
      crumbs={here ? [{ label: here.title, href: `/w/${here.slug}` }] : []}
      lead="Every file that was taken out. Each page of a file, and each row of a table, names its entry here."
      actions={<ButtonLink href={`${base}/trace`}>Whose file is this?</ButtonLink>}
    >
      <DataTable
        caption={count === 1 ? "1 file, newest first" : `${count} files, newest first`}
        rows={rows}
        empty={<Empty title="No file was downloaded">A line appears here before a file leaves.</Empty>}
        columns={[
          { key: "at", head: "Time", cell: (row) => <Time at={row.madeAt} /> },
          { key: "who", head: "Who", cell: (row) => row.person ?? "Someone" },
          { key: "file", head: "File", cell: (row) => row.filename, wrap: true },
          { key: "what", head: "What", cell: (row) => titleOf(ctx, row.name), wrap: true },
          ...(here
            ? []
            : [
                {
                  key: "where",
                  head: "Where",
                  cell: (row: { workspaceId: string | null; workspace: string | null }) =>
                    row.workspaceId === null ? (
                      <span class="muted">Institution</span>
                    ) : (
                      (row.workspace ?? "A workspace")
                    ),
                },
              ]),
          { key: "rows", head: "Rows", align: "end" as const, cell: (row) => Number(row.rows).toLocaleString("en-GB") },
          { key: "size", head: "Size", align: "end" as const, cell: (row) => size(Number(row.bytes)) },
          { key: "id", head: "Entry", cell: (row) => <span class="mono">{row.id}</span> },
        ]}
      />
      <Pager
        from={count === 0 ? 0 : from}
        to={from + rows.length - 1}
        total={count}
        previous={page > 1 ? `${base}?page=${page - 1}` : undefined}
        next={page * PAGE < count ? `${base}?page=${page + 1}` : undefined}
        size={PAGE}
      />
    </Page>
  );
}

function titleOf(ctx: OwnContext, name: string): string {
  for (const module of ctx.house.kernel.modules) {
    const declared = Object.entries(module.exports ?? {}).find(([key]) => key === name)?.[1] as
      | { title: string }
      | undefined;
    if (declared) return `${declared.title} (${module.title})`;
  }
  return (
    (
      {
        "core.record": "The record",
        "core.accesses": "Who saw what",
        "core.declarations": "Declarations of signers",
      } as Record<string, string>
    )[name] ?? name
  );
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
