/** /admin/record and /w/:workspace/record: the same pages; which rows there are is the database's decision. */
import { Type as t } from "@sinclair/typebox";
import type { OwnContext } from "../context.ts";
import { type Download, RowTally } from "../documents/download.ts";
import { isDate, isUuid } from "../http/formats.ts";
import { ownGet } from "../http/own-route.ts";
import type { KernelPermission, Route } from "../module.ts";
import { Problem } from "../problem.ts";
import {
  codesById,
  countRecord,
  countRefusals,
  entryById,
  PAGE,
  type RecordFilter,
  readRecord,
  refusalsOfStrangers,
  subjectByCode,
  tableNames,
  wholeLines,
} from "./record.ts";
import { entryPage, recordPage, recordTabs, refusalsPage } from "./record-pages.tsx";
import { allWorkspaces } from "./workspaces.ts";

const text = (maxLength: number) => t.Optional(t.String({ maxLength }));
const filters = {
  person: text(200),
  actor: text(36),
  text: text(200),
  subject: text(60),
  table: text(100),
  column: text(100),
  outcome: text(10),
  from: text(20),
  to: text(20),
};
type Filters = { readonly [K in keyof typeof filters]?: string };
const number = t.Optional(t.String({ pattern: "^[0-9]{1,18}$" }));
const needs: KernelPermission = "core.audit.read";

const routesAt = (base: string): Route[] => [
  ownGet(base, {
    needs,
    query: t.Object({ ...filters, before: number, after: number }),
    run: async ({ query }, ctx) => list(ctx, query),
  }),
  ownGet(`${base}.csv`, {
    needs,
    query: t.Object(filters),
    run: async ({ query }, ctx) => file(ctx, query),
  }),
  ownGet(`${base}/:id`, {
    needs,
    params: t.Object({ id: t.String({ pattern: "^[0-9]{1,18}$" }) }),
    run: async ({ params }, ctx) => entry(ctx, params.id),
  }),
];

export const institutionRecordRoutes = [
  ownGet("/admin/record/refusals", {
    needs,
    query: t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) }),
    run: async ({ query: { page = 1 } }, ctx) => {
      const rows = await ctx.db.all(refusalsOfStrangers, { offset: (page - 1) * PAGE });
      const { count } = await ctx.db.one(countRefusals, {});
      return refusalsPage({
        rows,
        from: (page - 1) * PAGE + 1,
        total: count,
        previous: page > 1 ? `/admin/record/refusals?page=${page - 1}` : undefined,
        next: page * PAGE < count ? `/admin/record/refusals?page=${page + 1}` : undefined,
      });
    },
  }),
  ...routesAt("/admin/record"),
];
export const workspaceRecordRoutes = routesAt("/w/:workspace/record");

const baseOf = (ctx: OwnContext) => (ctx.workspace ? `/w/${ctx.workspace.slug}/record` : "/admin/record");
const crumbsOf = (ctx: OwnContext) =>
  ctx.workspace ? [{ label: ctx.workspace.title, href: `/w/${ctx.workspace.slug}` }] : [];

/** What can be understood is applied; what cannot comes back with a sentence, and nothing is found with it. */
async function understand(
  ctx: OwnContext,
  given: Filters,
): Promise<{ filter: RecordFilter; errors: Record<string, string> }> {
  const errors: Record<string, string> = {};
  for (const which of ["from", "to"] as const) {
    const day = given[which];
    if (day !== undefined && !isDate(day))
      errors[which] = `${which === "from" ? "From" : "To"} must be a date like 2026-11-02.`;
  }
  let subjectId: string | undefined;
  if (given.subject !== undefined) {
    if (isUuid(given.subject)) subjectId = given.subject;
    else if (ctx.workspace && ctx.may("core.subjects.read"))
      subjectId = (await ctx.db.first(subjectByCode, { code: given.subject }))?.id;
    if (subjectId === undefined)
      errors.subject = ctx.workspace
        ? "You can see no subject with this code here."
        : "Codes belong to a workspace: open its record, or follow a subject from an entry.";
  }
  const outcome = (["done", "refused", "failed"] as const).find((one) => one === given.outcome);
  const actorId = given.actor !== undefined && isUuid(given.actor) ? given.actor : undefined;
  const filter: RecordFilter = {
    person: given.person,
    actorId,
    text: given.text,
    subjectId,
    table: given.table,
    column: given.column,
    outcome,
    from: errors.from ? undefined : given.from,
    to: errors.to ? undefined : given.to,
  };
  return { filter, errors };
}

const kept = (given: Filters): Record<string, string> =>
  Object.fromEntries(
    Object.keys(filters).flatMap((name) => {
      const value = given[name as keyof Filters];
      return value === undefined ? [] : [[name, value]];
    }),
  );

async function list(ctx: OwnContext, query: Filters & { readonly before?: string; readonly after?: string }) {
  const { filter, errors } = await understand(ctx, query);
  const given = kept(query);
  const base = baseOf(ctx);
  const understood = Object.keys(errors).length === 0;
  const page = understood ? await readRecord(ctx, filter, query) : { lines: [], newer: null, older: null };
  const count = understood ? await countRecord(ctx, filter) : 0;
  const places = new Map(
    !ctx.workspace && ctx.may("core.workspaces.read")
      ? (await ctx.db.all(allWorkspaces, {})).map(({ id, title }) => [id, title] as const)
      : [],
  );
  const href = (more: Record<string, string>) => `${base}?${new URLSearchParams({ ...given, ...more })}`;
  const csv = `${base}.csv${Object.keys(given).length > 0 ? `?${new URLSearchParams(given)}` : ""}`;
  return recordPage({
    base,
    crumbs: crumbsOf(ctx),
    lead: ctx.workspace
      ? `Everything that was seen, done or refused in ${ctx.workspace.title}. Nothing here is ever changed or removed.`
      : "Everything that was seen, done or refused in this institution. Nothing here is ever changed or removed.",
    lines: page.lines.map((line) => ({
      ...line,
      place: line.workspaceId ? (places.get(line.workspaceId) ?? "A workspace") : null,
    })),
    filter: given,
    form: { values: given, errors },
    tables: tableNames(ctx.house.kernel.modules),
    count,
    newer: page.newer === null ? null : href({ after: page.newer }),
    older: page.older === null ? null : href({ before: page.older }),
    csv: count > 0 ? csv : null,
    showsPlace: !ctx.workspace,
    tabs: ctx.workspace ? null : recordTabs("entries"),
    actor:
      filter.actorId === undefined ? null : ((await ctx.people([filter.actorId])).get(filter.actorId) ?? "one person"),
  });
}

async function entry(ctx: OwnContext, id: string) {
  const found = await ctx.db.one(entryById, { id });
  const base = baseOf(ctx);
  const codes = ctx.workspace && ctx.may("core.subjects.read") ? await subjectLabels(ctx, found.subjects) : new Map();
  const title = found.permission === null ? undefined : ctx.house.kernel.permissions.get(found.permission);
  return entryPage({
    ...found,
    base,
    crumbs: [...crumbsOf(ctx), { label: "Record", href: base }],
    permission:
      found.permission === null ? "None" : title ? `${title} (${found.permission})` : plainPermission(found.permission),
    place: ctx.workspace?.title ?? found.workspace ?? (found.workspaceId ? "A workspace" : ctx.tenant.name),
    subjects: found.subjects.map((subject) => ({ id: subject, label: codes.get(subject) ?? subject })),
  });
}

const plainPermission = (permission: string) =>
  permission === "signed-in" ? "Anyone who is signed in" : permission === "anyone" ? "Anyone" : permission;

/** Codes, never names: reading the record opens nothing. */
async function subjectLabels(ctx: OwnContext, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = ids.length === 0 ? [] : await ctx.db.all(codesById, { ids });
  return new Map(rows.map(({ id, code }) => [id, code]));
}

/** The filtered record as a file, whole: newest first, as many as there are. */
async function file(ctx: OwnContext, query: Filters): Promise<Download> {
  const { filter, errors } = await understand(ctx, query);
  if (Object.keys(errors).length > 0) throw Problem.invalid(errors);
  const tally = new RowTally();
  const touched = (tables: object) => Object.keys(tables).join(" ");
  async function* rows() {
    for await (const line of ctx.db.stream(wholeLines(filter), {})) {
      tally.add(line.id);
      yield [
        line.id,
        line.at,
        line.actorName,
        line.actorKind,
        line.sentence,
        line.outcome,
        line.status,
        line.event,
        line.act,
        line.permission,
        line.ip,
        line.sessionRef,
        line.requestId,
        line.subjects.join(" "),
        touched(line.read),
        touched(line.changed),
      ];
    }
  }
  const texts = (...titles: string[]) => titles.map((title) => ({ title, kind: "text" as const }));
  const columns = [
    ...texts("Entry"),
    { title: "Time", kind: "date" as const },
    ...texts("Who", "Kind", "What", "Outcome"),
    { title: "Status", kind: "number" as const },
    ...texts(
      "Event",
      "Act",
      "Permission",
      "From address",
      "Session",
      "Request",
      "Subjects",
      "Tables read",
      "Tables changed",
    ),
  ];
  const name = ctx.workspace ? `record-${ctx.workspace.slug}` : "record";
  return ctx.csv("core.record", name, { columns, rows: rows() }, tally);
}
