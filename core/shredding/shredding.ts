/** Destroying keys: a subject's, or all of a workspace's. What was sealed under them is unreadable from that moment; when it is so in every backup too is a date. */

import { eq } from "drizzle-orm";
import { KEYSTORE_DAYS } from "../backup/keystore.ts";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { hereIn } from "../http/own-route.ts";
import { Problem } from "../problem.ts";
import { subjects } from "../tenancy/tables.ts";
import { Sealer } from "../vault/envelope.ts";
import { keyRows } from "../vault/key-rows.ts";

const DAY_MS = 86_400_000;

export const subjectByCode = query<{ code: string }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(eq(subjects.code, $.code)),
);

/** From then on no copy of a keystore holds what is destroyed now; null: none that Cairn knows of does. */
export async function completeOn({ lease }: Pick<OwnContext, "lease">, at: Date): Promise<Date | null> {
  const [row] = await lease.rows(
    "select max(began_at) from core.backups where sequence is not null and keys_gone_at is null and began_at <= $1::timestamptz",
    [at.toISOString()],
  );
  return row?.[0] ? new Date(new Date(String(row[0])).getTime() + KEYSTORE_DAYS * DAY_MS) : null;
}

/** The identity and everything sealed under the subject's own key. The pseudonymous record stays. */
export async function shredSubject(ctx: OwnContext, code: string, reason: string): Promise<Date | null> {
  const subject = await ctx.db.first(subjectByCode, { code });
  if (!subject) throw Problem.invalid({ code: `Nobody here has the code ${code}. Type it as it stands in the list.` });
  const { house, lease, tenant } = ctx;
  await new Sealer(house.vault, keyRows(lease), { tenant: tenant.id, workspace: hereIn(ctx).id }).destroySubjectKey(
    subject.id,
  );
  await lease.rows("select core.forget_tags($1::uuid)", [subject.id]);
  ctx.trail.changes("core.keys", subject.id);
  ctx.trail.changes("core.identities", subject.id);
  ctx.audit("core.key_destroyed", { subjectId: subject.id, code, reason });
  await ctx.happen("subject.shredded", { subjectId: subject.id });
  return completeOn(ctx, ctx.now);
}

/** All keys of this workspace: every subject's, and its own. Nothing sealed can be read or written here any more. */
export async function shredWorkspace(ctx: OwnContext, reason: string): Promise<{ keys: number; on: Date | null }> {
  const workspace = hereIn(ctx);
  const rows = await ctx.lease.rows(
    `update core.keys set wrapped = null, destroyed_at = clock_timestamp(), destroyed_by = (select core.actor())
     where tenant_id = (select core.tenant()) and workspace_id = $1::uuid and wrapped is not null returning id`,
    [workspace.id],
  );
  const ofClasses = await ctx.lease.rows("select core.destroy_class_keys(null)");
  await ctx.lease.rows("select core.forget_tags(null)");
  const gone = [...rows, ...ofClasses].map(([id]) => String(id));
  ctx.house.vault.keys.forget(gone);
  ctx.trail.changes("core.keys", workspace.id);
  ctx.audit("core.keys_destroyed", { workspace: workspace.title, count: gone.length, reason });
  return { keys: gone.length, on: await completeOn(ctx, ctx.now) };
}

export interface Destroyed {
  /** Null: the workspace's own key. */
  readonly code: string | null;
  readonly at: Date;
  readonly by: string | null;
  readonly completeOn: Date | null;
}

/** Newest first. */
export async function destroyedHere(ctx: OwnContext): Promise<readonly Destroyed[]> {
  const rows = await ctx.lease.rows(
    `select s.code, max(k.destroyed_at), (array_agg(k.destroyed_by))[1], k.subject_id is null,
       (select max(b.began_at) from core.backups b where b.sequence is not null and b.keys_gone_at is null and b.began_at <= max(k.destroyed_at))
     from core.keys k left join core.subjects s on s.id = k.subject_id
     where k.workspace_id = $1::uuid and k.wrapped is null group by s.code, k.subject_id order by 2 desc limit 200`,
    [hereIn(ctx).id],
  );
  const names = await ctx.people(rows.map((row) => (row[2] === null ? null : String(row[2]))));
  return rows.map(([code, at, by, isOwn, backup]) => ({
    code: isOwn === true ? null : String(code ?? ""),
    at: new Date(String(at)),
    by: by === null ? null : (names.get(String(by)) ?? null),
    completeOn: backup ? new Date(new Date(String(backup)).getTime() + KEYSTORE_DAYS * DAY_MS) : null,
  }));
}
