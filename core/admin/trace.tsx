/** /admin/downloads/trace and /w/:workspace/downloads/trace: whose file is this? */
import { Type as t } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { FileField, Form, type FormState, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { desc, eq, isNotNull, or, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { type Leaked, readLeaked } from "../documents/leaked.ts";
import { rowMarkKey } from "../documents/row-marks.ts";
import { type Match, matchSentence, trace } from "../documents/trace.ts";
import { upload } from "../http/input.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { Route, Upload } from "../module.ts";
import { Problem } from "../problem.ts";
import { exports, persons, workspaces } from "../tenancy/tables.ts";

const SHOWN = 50;
/** What somebody found is as large as what can be downloaded, within reason. */
const LARGEST = 32 * 1024 * 1024;

const ledger = query<{ ids: string[]; digest: Uint8Array }>()((db, $) =>
  db
    .select({
      id: exports.id,
      name: exports.name,
      filename: exports.filename,
      sha256: exports.sha256,
      rowMarks: exports.rowMarks,
      madeAt: exports.madeAt,
      person: persons.name,
      email: persons.email,
      workspace: workspaces.title,
    })
    .from(exports)
    .leftJoin(persons, eq(persons.id, exports.madeBy))
    .leftJoin(workspaces, eq(workspaces.id, exports.workspaceId))
    .where(
      or(
        isNotNull(exports.rowMarks),
        sql`${exports.id} = any(${$.ids}::uuid[])`,
        sql`${exports.sha256} = ${$.digest}::bytea`,
      ),
    )
    .orderBy(desc(exports.madeAt), desc(exports.id)),
);
type Line = Awaited<ReturnType<typeof linesOf>>[number];
const linesOf = (ctx: OwnContext) => ctx.db.all(ledger, { ids: [], digest: new Uint8Array() });

const routesAt = (base: string): Route[] => [
  ownGet(base, { needs: "core.exports.read", run: async (_, ctx) => page(ctx) }),
  ownPost(base, {
    needs: "core.exports.read",
    bodyLimit: LARGEST,
    body: t.Object({
      file: t.Optional(upload({ title: "The file" })),
      rows: t.Optional(t.String({ title: "Rows", maxLength: 200_000 })),
    }),
    refused: async (typed, problems, ctx) => page(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const leaked = await readLeaked(bytesOf(body.file, body.rows));
      const key = rowMarkKey(ctx.house.config.secretKey, ctx.tenant.id);
      const matches = await trace(
        leaked,
        key,
        ctx.db.stream(ledger, { ids: [...leaked.exportIds], digest: leaked.sha256 }),
      );
      ctx.audit("core.traced", { count: matches.length });
      return page(ctx, body.rows ? { values: { rows: body.rows } } : {}, { leaked, matches });
    },
  }),
];

export const institutionTrace = routesAt("/admin/downloads/trace");
export const workspaceTrace = routesAt("/w/:workspace/downloads/trace");

function bytesOf(file: Upload | undefined, rows: string | undefined): Uint8Array {
  if (file && file.bytes.byteLength > 0) return file.bytes;
  if (rows && rows.trim() !== "") return new TextEncoder().encode(rows);
  throw Problem.invalid({ rows: "Choose the file that was found, or paste a few of its rows." });
}

interface Traced {
  readonly leaked: Leaked;
  readonly matches: readonly Match<Line>[];
}

function page(ctx: OwnContext, form?: FormState, traced?: Traced): Html {
  const base = ctx.workspace ? `/w/${ctx.workspace.slug}/downloads` : "/admin/downloads";
  return (
    <Page
      title="Whose file is this?"
      crumbs={[
        ...(ctx.workspace ? [{ label: ctx.workspace.title, href: `/w/${ctx.workspace.slug}` }] : []),
        { label: "Downloads", href: base },
      ]}
      lead="A file or a few rows turned up where they should not be. Who took them out, and when?"
      form={form}
    >
      <div class="stack">
        {traced && <Found {...traced} showsPlace={!ctx.workspace} />}
        <Form action={`${base}/trace`} upload guard={false}>
          <FileField
            name="file"
            label="The file that was found"
            hint="PDF, workbook, table, archive or text, also one that was saved again. It is looked at and not kept."
            optional
            form={form}
          />
          <TextArea
            name="rows"
            label="Or a few of its rows"
            hint="Five whole rows are enough, as they were copied: commas, tabs and a missing last column do not matter."
            rows={6}
            form={form}
          />
          <Button tone="primary">Look for it</Button>
        </Form>
      </div>
    </Page>
  );
}

const Found = ({ leaked, matches, showsPlace }: Traced & { readonly showsPlace: boolean }): Html => (
  <>
    {matches.length > 1 && matches.every(({ by }) => by === "rows") && (
      <Note tone="warn">These rows left in more than one file. Each of these people had them.</Note>
    )}
    <DataTable
      caption={
        matches.length === 1
          ? "1 download fits"
          : `${matches.length} downloads fit, the surest first${matches.length > SHOWN ? `; ${SHOWN} of them shown` : ""}`
      }
      rows={matches.slice(0, SHOWN)}
      empty={
        <Empty title="No download fits">
          {`Neither its number, nor its bytes, nor its rows (${leaked.rows.length} looked for) are in a file of this ledger.`}
        </Empty>
      }
      columns={[
        {
          key: "who",
          head: "Who",
          cell: ({ candidate }) => candidate.person ?? "Somebody whose account you cannot see",
        },
        { key: "mail", head: "E-mail", cell: ({ candidate }) => candidate.email ?? "–" },
        { key: "at", head: "When", cell: ({ candidate }) => <Time at={candidate.madeAt} show="full" /> },
        { key: "file", head: "File", cell: ({ candidate }) => candidate.filename, wrap: true },
        ...(showsPlace
          ? [
              {
                key: "place",
                head: "Where",
                cell: ({ candidate }: Match<Line>) => candidate.workspace ?? <span class="muted">Institution</span>,
              },
            ]
          : []),
        { key: "why", head: "Why", cell: (match) => matchSentence(match, leaked.rows.length), wrap: true },
        { key: "id", head: "Entry", cell: ({ candidate }) => <span class="mono">{candidate.id}</span> },
      ]}
    />
  </>
);
