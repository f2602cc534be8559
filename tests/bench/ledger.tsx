/** A module that does what every module does, for measuring and for breaking: read one record, list fifty, write one. */
import { defineModule, Redirect, routesFor, type Words } from "@core/module.ts";
import { type TSchema, Type as t } from "@sinclair/typebox";
import { Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
import {
  entries,
  fieldNames,
  findEntry,
  history,
  insertEntry,
  insertHistory,
  listSheet,
  type Values,
} from "./entries.ts";

const roles = {
  bookkeeper: {
    title: "Bookkeeper",
    idleMinutes: 60,
    kernel: { "core.subjects.read": "workspace", "core.identities.open": "workspace" },
  },
} as const;
const permissions = {
  "ledger.read": { title: "Read the ledger", roles: { bookkeeper: "workspace" } },
  "ledger.write": { title: "Write into the ledger", roles: { bookkeeper: "workspace" } },
} as const;
const events = {
  "ledger.entered": { title: "Entry made", says: "{actor} made an entry on sheet {sheet}", personal: "none" },
} as const;
const fieldClasses = {
  "ledger.patient": { title: "Patient of an entry", key: "subject", opensWith: "ledger.read" },
} as const;

type Ledger = Words<{
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
}>;
const { get, post } = routesFor<Ledger>();

const kinds: Readonly<Record<string, () => TSchema>> = {
  text: () => t.String({ maxLength: 200 }),
  whole: () => t.Integer({ minimum: 0, maximum: 1_000_000 }),
  measure: () => t.Number({ minimum: 0, maximum: 1_000_000 }),
  day: () => t.String({ format: "date" }),
  flag: () => t.Boolean(),
};
const thirty = Object.fromEntries(
  fieldNames.map((name) => [name, kinds[name.replace(/\d+$/, "")]?.() ?? t.String()]),
) as Record<string, TSchema>;

/** What a browser would send for the thirty fields. */
export function thirtyValues(seed: number): Record<string, string> {
  const samples: Readonly<Record<string, (i: number) => string>> = {
    text: (i) => `Finding ${seed} of field ${i}, as somebody would have typed it`,
    whole: (i) => String((seed * 7 + i) % 1_000),
    measure: (i) => String(((seed * 13 + i) % 1_000) / 10),
    day: (i) => `2026-0${1 + (i % 9)}-1${seed % 9}`,
    flag: (i) => String((seed + i) % 2 === 0),
  };
  return Object.fromEntries(
    fieldNames.map((name) => [name, samples[name.replace(/\d+$/, "")]?.(Number(name.replace(/\D+/, ""))) ?? ""]),
  );
}

const routes = [
  get("/sheets/:sheet", {
    needs: "ledger.read",
    params: t.Object({ sheet: t.Integer() }),
    run: async ({ params }, ctx) => {
      const rows = await ctx.db.all(listSheet, { sheet: params.sheet });
      const patients = await ctx.openMany(
        rows.map((row) => ({
          value: row.patient as NonNullable<typeof row.patient>,
          at: { row: row.id, subject: row.subjectId },
        })),
        "to list the sheet",
      );
      const named = rows.map((row, i) => ({ ...row, name: String(patients[i]) }));
      return (
        <Page title={`Sheet ${params.sheet}`}>
          <DataTable
            caption={`${rows.length} entries`}
            rows={named}
            columns={[
              { key: "name", head: "Patient", cell: (row) => <a href={ctx.url(`/entries/${row.id}`)}>{row.name}</a> },
              { key: "text1", head: "Finding", cell: (row) => row.text1 },
              { key: "whole1", head: "Count", align: "end", cell: (row) => String(row.whole1) },
              { key: "measure1", head: "Measure", align: "end", cell: (row) => String(row.measure1) },
              { key: "day1", head: "Day", cell: (row) => row.day1 },
              { key: "flag1", head: "Checked", cell: (row) => (row.flag1 ? "Yes" : "No") },
            ]}
          />
        </Page>
      );
    },
  }),
  get("/entries/:id", {
    needs: "ledger.read",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => {
      const entry = (await ctx.db.one(findEntry, { id: params.id })) as unknown as Values;
      return (
        <Page title={`Entry ${entry.token}`}>
          <dl>
            {fieldNames.map((name) => (
              <div>
                <dt>{name}</dt>
                <dd>{String(entry[name])}</dd>
              </div>
            ))}
          </dl>
        </Page>
      );
    },
  }),
  post("/entries", {
    needs: "ledger.write",
    body: t.Object({
      subject: t.String({ format: "uuid" }),
      sheet: t.Integer({ minimum: 1 }),
      token: t.String({ maxLength: 80 }),
      patient: t.String({ maxLength: 80 }),
      ...thirty,
    }),
    run: async ({ body }, ctx) => {
      const values = body as unknown as Values & { subject: string; sheet: number; token: string; patient: string };
      const id = Bun.randomUUIDv7();
      const patient = await ctx.seal(entries.patient, values.patient, { row: id, subject: values.subject });
      const { subject: subjectId, sheet, token } = values;
      const fields = Object.fromEntries(fieldNames.map((name) => [name, values[name]]));
      await ctx.db.all(insertEntry, { id, subjectId, sheet, token, patient, ...fields });
      await ctx.db.all(insertHistory, {
        id,
        subjectId,
        ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
      });
      ctx.audit("ledger.entered", { subjectId, sheet });
      return new Redirect(ctx.url(`/entries/${id}`));
    },
  }),
];

export const ledger = defineModule({
  id: "ledger",
  title: "Ledger",
  summary: "Thirty fields a record, so that the house can be measured.",
  workspaces: ["program"],
  roles,
  permissions,
  events,
  fieldClasses,
  tables: { entries, history },
  routes,
  navigation: [{ title: "First sheet", path: "/sheets/1", needs: "ledger.read" }],
});
