/** Forms and their versions. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, desc, eq, inArray } from "drizzle-orm";
import { formItems, forms, formVersions } from "../evaluation-tables.ts";
import { subcompetencies } from "../tables.ts";

const form = {
  id: forms.id,
  frameworkId: forms.frameworkId,
  kind: forms.kind,
  title: forms.title,
  versionId: formVersions.id,
  version: formVersions.version,
  narrativeQuestion: formVersions.narrativeQuestion,
  isOffered: formVersions.isOffered,
};
/** Each form in its newest version. */
export const newestForms = query()((db) =>
  db
    .selectDistinctOn([forms.id], form)
    .from(forms)
    .innerJoin(formVersions, eq(formVersions.formId, forms.id))
    .orderBy(asc(forms.id), desc(formVersions.version)),
);
export type FormRow = Awaited<ReturnType<typeof newestForms.map>>;

export const formById = query<{ id: string }>()((db, $) =>
  db
    .select(form)
    .from(forms)
    .innerJoin(formVersions, eq(formVersions.formId, forms.id))
    .where(eq(forms.id, $.id))
    .orderBy(desc(formVersions.version)),
);
export const formVersionById = query<{ id: string }>()((db, $) =>
  db
    .select(form)
    .from(formVersions)
    .innerJoin(forms, eq(formVersions.formId, forms.id))
    .where(eq(formVersions.id, $.id)),
);

const item = {
  id: formItems.id,
  formVersionId: formItems.formVersionId,
  subcompetencyId: formItems.subcompetencyId,
  code: subcompetencies.code,
  question: formItems.question,
  answer: formItems.answer,
};
export const itemsOf = query<{ formVersionId: string }>()((db, $) =>
  db
    .select(item)
    .from(formItems)
    .innerJoin(subcompetencies, eq(formItems.subcompetencyId, subcompetencies.id))
    .where(eq(formItems.formVersionId, $.formVersionId))
    .orderBy(asc(formItems.ordinal)),
);
export type FormItemRow = Awaited<ReturnType<typeof itemsOf.map>>;

export const itemsById = (ids: readonly string[]) =>
  dynamic((db) =>
    db
      .select(item)
      .from(formItems)
      .innerJoin(subcompetencies, eq(formItems.subcompetencyId, subcompetencies.id))
      .where(and(inArray(formItems.id, [...ids])))
      .orderBy(asc(formItems.ordinal)),
  );

export const addForm = query<{ id: string; frameworkId: string; kind: FormRow["kind"]; title: string }>()((db, $) =>
  db
    .insert(forms)
    .values({ id: $.id, frameworkId: $.frameworkId, kind: $.kind, title: $.title })
    .onConflictDoNothing()
    .returning({ id: forms.id }),
);
export const addFormVersion = query<{
  id: string;
  formId: string;
  version: number;
  narrativeQuestion: string;
  isOffered: boolean;
}>()((db, $) =>
  db
    .insert(formVersions)
    .values({
      id: $.id,
      formId: $.formId,
      version: $.version,
      narrativeQuestion: $.narrativeQuestion,
      isOffered: $.isOffered,
    })
    .returning({ id: formVersions.id }),
);
export const addFormItems = (
  rows: readonly {
    readonly formVersionId: string;
    readonly ordinal: number;
    readonly subcompetencyId: string;
    readonly question: string;
    readonly answer: "level" | "agree";
  }[],
) =>
  dynamic((db) =>
    db
      .insert(formItems)
      .values([...rows])
      .returning({ id: formItems.id }),
  );
