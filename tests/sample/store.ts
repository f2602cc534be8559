import { query } from "@core/db/query.ts";
import { sealed } from "@core/db/sealed-column.ts";
import { house } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { eq } from "drizzle-orm";
import { pgSchema, text, uuid } from "drizzle-orm/pg-core";

export const schema = pgSchema("sample");
export const stones = schema.table("stones", {
  tenantId: house.tenantId(),
  workspaceId: house.workspaceId(),
  id: house.id(),
  subjectId: uuid("subject_id").notNull(),
  walkerId: uuid("walker_id"),
  title: text("title").notNull(),
  writing: sealed("writing", "sample.writing"),
  madeAt: house.madeAt(),
  madeBy: house.madeBy(),
});

export const listStones = query()((db) =>
  db.select({ id: stones.id, title: stones.title, subjectId: stones.subjectId }).from(stones).orderBy(stones.madeAt),
);
export const listWritings = query()((db) =>
  db
    .select({ id: stones.id, title: stones.title, subjectId: stones.subjectId, writing: stones.writing })
    .from(stones)
    .orderBy(stones.madeAt),
);
export const findStone = query<{ id: string }>()((db, $) =>
  db
    .select({ id: stones.id, title: stones.title, subjectId: stones.subjectId, writing: stones.writing })
    .from(stones)
    .where(eq(stones.id, $.id)),
);
export const insertStone = query<{
  id: string;
  title: string;
  subjectId: string;
  writing: Sealed;
  walkerId: string | null;
}>()((db, $) =>
  db
    .insert(stones)
    .values({ id: $.id, title: $.title, subjectId: $.subjectId, writing: $.writing, walkerId: $.walkerId })
    .returning({ id: stones.id }),
);
export const placeStone = query<{ id: string; title: string }>()((db, $) =>
  db
    .update(stones)
    .set({ title: $.title as never })
    .where(eq(stones.id, $.id))
    .returning({ id: stones.id }),
);
export const removeStone = query<{ id: string }>()((db, $) =>
  db.delete(stones).where(eq(stones.id, $.id)).returning({ id: stones.id, title: stones.title }),
);

/** The sample's SQL: laid by tests, as migrations/<id> lays a module's. */
export const sampleSql = `
create schema if not exists sample;
create table sample.stones (
  tenant_id uuid not null default core.tenant(),
  workspace_id uuid not null default core.workspace(),
  id uuid not null default gen_random_uuid(),
  subject_id uuid not null,
  walker_id uuid,
  title text not null,
  writing bytea,
  made_at timestamptz not null default clock_timestamp(),
  made_by uuid default core.actor(),
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id, subject_id) references core.subjects (tenant_id, workspace_id, id)
);
create index stones_of_subject on sample.stones (tenant_id, workspace_id, subject_id);
select core.protect('sample.stones', '{"scope":"workspace","subject":"subject_id","mine":"walker_id",
  "select":[{"may":"sample.read"}],"insert":[{"may":"sample.place"}],"update":[{"may":"sample.place"}],"delete":[{"may":"sample.place"}]}');
`;
