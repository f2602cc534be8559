/** How the backups stand: one judgement, for the probe, for `doctor` and for the administrator's page. */
import type { Config } from "@core/config.ts";

export interface BackupRow {
  readonly id: string;
  readonly sequence: number | null;
  readonly beganAt: Date;
  readonly finishedAt: Date | null;
  readonly bytes: number | null;
  readonly copies: readonly { readonly target: string; readonly at: string | null; readonly says: string }[];
  readonly verifiedAt: Date | null;
  readonly provedAt: Date | null;
  readonly restoreSeconds: number | null;
  readonly found: string | null;
  readonly failed: string | null;
}

export const LEDGER = `select id::text, sequence::int, began_at, finished_at, bytes::float8, copies, verified_at, proved_at, restore_seconds, found, failed
  from core.backups order by began_at desc limit 60`;

const date = (value: unknown) => (value === null || value === undefined ? null : new Date(String(value)));

/** A row of LEDGER as an array of columns. */
export function backupRow(row: readonly unknown[]): BackupRow {
  const [id, sequence, beganAt, finishedAt, bytes, copies, verifiedAt, provedAt, seconds, found, failed] = row;
  return {
    id: String(id),
    sequence: sequence === null ? null : Number(sequence),
    beganAt: date(beganAt) ?? new Date(0),
    finishedAt: date(finishedAt),
    bytes: bytes === null ? null : Number(bytes),
    copies: (typeof copies === "string" ? JSON.parse(copies) : copies) as BackupRow["copies"],
    verifiedAt: date(verifiedAt),
    provedAt: date(provedAt),
    restoreSeconds: seconds === null ? null : Number(seconds),
    found: found as string | null,
    failed: failed as string | null,
  };
}

export interface BackupStanding {
  readonly well: boolean;
  /** The first says what is wrong, or how well it is. */
  readonly says: readonly string[];
}

const HOUR_MS = 3_600_000;
export const VERIFIED_HOURS = 13;
/** A night's restore, and a morning to notice that it did not come. */
const PROVED_HOURS = 36;

export function backupStanding(
  rows: readonly BackupRow[],
  config: Pick<Config, "backup" | "environment">,
  now: Date,
): BackupStanding {
  if (!config.backup) {
    const says = "No backups are made: BACKUP_TO names no place for them.";
    return { well: config.environment === "development", says: [says] };
  }
  const wrong: string[] = [];
  const verified = rows.find(({ verifiedAt }) => verifiedAt !== null);
  const hours = (at: Date) => (now.getTime() - at.getTime()) / HOUR_MS;
  if (!verified) wrong.push("There is no backup whose copy was read back whole yet.");
  else if (hours(verified.beganAt) > VERIFIED_HOURS)
    wrong.push(
      `The newest backup whose copy was read back whole is ${hours(verified.beganAt).toFixed(0)} hours old; ${VERIFIED_HOURS} are allowed.`,
    );
  const newest = rows.find(({ sequence }) => sequence !== null);
  for (const { target, at, says } of newest?.copies ?? [])
    if (at === null) wrong.push(`The newest copy to ${target} failed: ${says}`);
  const [latest] = rows;
  if (latest?.failed && latest.beganAt > (newest?.beganAt ?? new Date(0)))
    wrong.push(`The last run failed: ${latest.failed}`);
  const tried = rows.find(({ provedAt, found }) => provedAt !== null || found !== null);
  if (tried?.found) wrong.push(`The last check of backup ${tried.sequence} found: ${tried.found}`);
  else if (verified && !tried?.provedAt && hours(rows.at(-1)?.beganAt ?? now) > PROVED_HOURS)
    wrong.push("No backup was ever restored for a trial.");
  else if (tried?.provedAt && hours(tried.provedAt) > PROVED_HOURS)
    wrong.push(`The last trial restore was ${hours(tried.provedAt).toFixed(0)} hours ago; every night is wanted.`);
  if (wrong.length > 0) return { well: false, says: wrong };
  const proof = tried?.provedAt
    ? `; backup ${tried.sequence} was restored for a trial in ${tried.restoreSeconds?.toFixed(1)} s`
    : "";
  return {
    well: true,
    says: [
      `Backup ${verified?.sequence} is ${hours(verified?.beganAt ?? now).toFixed(1)} hours old and was read back whole${proof}.`,
    ],
  };
}
