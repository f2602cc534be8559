/** Which kinds of rows the reader meets in this study at all: one statement, so that an idle study costs a person's day no more. */
import { query } from "@core/db/query.ts";
import { workspaces } from "@core/tenancy/tables.ts";
import { eq, sql } from "drizzle-orm";

export const whatIsThere = query<{ workspace: string }>()((db, $) =>
  db
    .select({
      id: workspaces.id,
      delegations: sql<boolean>`exists (select from studies.delegations)`,
      tasks: sql<boolean>`exists (select from studies.tasks)`,
      approvals: sql<boolean>`exists (select from studies.approval_requests)`,
      events: sql<boolean>`exists (select from studies.adverse_events)`,
      deviations: sql<boolean>`exists (select from studies.deviations)`,
      inquiries: sql<boolean>`exists (select from studies.screenings where stage = 'identified' and contact_consent is not null)`,
      documents: sql<boolean>`exists (select from studies.documents)`,
    })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);
