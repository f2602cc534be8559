/** Which kinds of rows there are in this study at all: one short statement, so that an idle study costs a person's day no more. */
import { query } from "@core/db/query.ts";
import { workspaces } from "@core/tenancy/tables.ts";
import { eq, sql } from "drizzle-orm";

export type Kind =
  | "delegations"
  | "tasks"
  | "approvals"
  | "events"
  | "deviations"
  | "screenings"
  | "documents"
  | "queries"
  | "sheets";

export const kindsHere = query<{ workspace: string }>()((db, $) =>
  db
    .select({ id: workspaces.id, kinds: sql<Kind[]>`studies.kinds_here()` })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);
