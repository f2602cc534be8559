/** A module that has nothing but jobs, one for each thing that a worker must get right. */

import { query } from "@core/db/query.ts";
import { defineModule } from "@core/module.ts";
import { house } from "@core/tenancy/tables.ts";
import { Type as t } from "@sinclair/typebox";
import { pgSchema, text } from "drizzle-orm/pg-core";

const schema = pgSchema("chores");
const notes = schema.table("notes", {
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  text: text("text").notNull(),
});

export const choresSql = `
  create schema chores;
  grant usage on schema chores to :app;
  create table chores.notes (
    tenant_id uuid not null default core.tenant(),
    workspace_id uuid not null default core.workspace(),
    id uuid not null default gen_random_uuid(),
    text text not null,
    primary key (tenant_id, id)
  );
  select core.protect('chores.notes', '{"scope":"workspace",
    "select":[{"may":"chores.read"}], "insert":[{"may":"chores.write"}]}');`;

export const listNotes = query()((db) => db.select({ id: notes.id, text: notes.text }).from(notes));
export const insertNote = query<{ text: string }>()((db, $) =>
  db.insert(notes).values({ text: $.text }).returning({ id: notes.id }),
);

/** What jobs saw, in the process they ran in. */
export const seen: { readonly job: string; readonly texts: readonly string[]; readonly where: string }[] = [];
/** A job that is inside: what a test does about it. */
export const inside: { hold: () => Promise<void> } = { hold: async () => {} };

const names = {
  permissions: {
    "chores.read": { title: "See notes", roles: { chorer: "workspace" } },
    "chores.write": { title: "Write notes", roles: { chorer: "workspace" } },
  },
  events: { "chores.noted": { title: "Noted", says: "{actor} noted {text}", personal: "none" } },
} as const;

const Text = t.Object({ text: t.String() });
const both = ["chores.read", "chores.write"] as const;

export const chores = defineModule({
  id: "chores",
  title: "Chores",
  summary: "Work that nobody watches.",
  workspaces: ["program"],
  roles: { chorer: { title: "Chorer" } },
  ...names,
  schema,
  tables: { notes },
  settings: t.Object({ louder: t.Boolean({ title: "Louder", default: false }) }),
  routes: [],
  jobs: {
    "chores.note": {
      title: "Write a note",
      payload: Text,
      permissions: both,
      run: async ({ text: said }: { text: string }, ctx) => {
        const { louder } = ctx.settings as { louder: boolean };
        await ctx.db.one(insertNote, { text: louder ? said.toUpperCase() : said });
        const texts = (await ctx.db.all(listNotes, {})).map((note) => note.text);
        seen.push({ job: "chores.note", texts, where: ctx.workspace.slug });
        ctx.audit("chores.noted", { text: said });
      },
    },
    "chores.blind": {
      title: "Look without leave",
      payload: t.Object({}),
      permissions: [],
      run: async (_payload: object, ctx) => {
        const texts = (await ctx.db.all(listNotes, {})).map((note) => note.text);
        seen.push({ job: "chores.blind", texts, where: ctx.workspace.slug });
      },
    },
    "chores.fail": {
      title: "Fail",
      payload: Text,
      permissions: both,
      run: async ({ text: said }: { text: string }, ctx) => {
        await ctx.db.one(insertNote, { text: said });
        seen.push({ job: "chores.fail", texts: [said], where: ctx.workspace.slug });
        throw new Error(`nobody may read this: ${said}`);
      },
    },
    "chores.slow": {
      title: "Take long",
      payload: Text,
      permissions: both,
      run: async ({ text: said }: { text: string }, ctx) => {
        await ctx.db.one(insertNote, { text: said });
        await inside.hold();
      },
    },
    "chores.daily": {
      title: "Every morning",
      payload: t.Object({}),
      every: "0 6 * * *",
      permissions: both,
      run: async (_payload: object, ctx) => {
        await ctx.db.one(insertNote, { text: "good morning" });
      },
    },
  },
});
