/** The worker's side of the queue: pg-boss, signed in as :jobs, and the doors that role may use. */
import type { PgBoss, Job as QueuedJob } from "pg-boss";
import type { Connection } from "../db/connection.ts";
import { codeOf } from "../db/error-code.ts";
import type { Log } from "../house.ts";
import type { WorkspaceKind } from "../module.ts";
import { Refusal } from "../refusal.ts";

/** A job as core.enqueue wrote it. Everything but `payload` was stamped by the database. */
export interface Ask {
  readonly job: string;
  readonly payload: unknown;
  readonly tenant: string;
  readonly workspace: string | null;
  readonly by: { readonly kind: string; readonly id: string | null };
}

/** What core.place says: where a job runs. */
export interface Place {
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string };
  readonly workspace: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly kind: WorkspaceKind;
  } | null;
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type Queued<T extends object> = QueuedJob<T>;
export interface Tick {
  readonly job: string;
}

export class Desk {
  private constructor(readonly boss: PgBoss) {}

  /** Throws a Refusal when the queue's schema is not this version's. */
  static async open(connection: Connection, log: Log): Promise<Desk> {
    const { host, port, user, password, database, ssl } = connection;
    const queue = await import("pg-boss");
    const boss = new queue.PgBoss({
      host,
      port,
      user,
      password,
      database,
      ...(ssl && { ssl }),
      application_name: "cairn jobs",
      schema: "pgboss",
      max: 3,
      // Its schema is the migration runner's; a worker has no right to change it.
      migrate: false,
      createSchema: false,
      reindex: false,
      superviseIntervalSeconds: 15,
      monitorIntervalSeconds: 15,
    });
    boss.on("error", (error) => log("error", "jobs.queue", { code: codeOf(error) }));
    boss.on("warning", ({ message }) => log("warn", "jobs.queue", { warning: message }));
    try {
      await boss.start();
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => {});
      if (error instanceof Error && /pg-boss (is not installed|database requires)/.test(error.message)) {
        throw new Refusal("The database is behind this Cairn: the queue has to be brought in step. Run: cairn migrate");
      }
      throw error;
    }
    return new Desk(boss);
  }

  /** Null: the institution is suspended, or the workspace archived or gone. */
  async place(tenantId: string, workspaceId: string | null): Promise<Place | null> {
    const row = await this.first("select core.place($1::uuid, $2::uuid) as place", [tenantId, workspaceId]);
    return (row?.place as Place | null | undefined) ?? null;
  }

  /** In how many workspaces the job was asked for. */
  async fanOut(tickId: string, job: string, moduleId: string): Promise<number> {
    const row = await this.first("select core.fan_out($1::uuid, $2, $3) as count", [tickId, job, moduleId]);
    return Number(row?.count ?? 0);
  }

  /** Makes the clock's list exactly this one. */
  async keepTime(wanted: ReadonlyMap<string, string>): Promise<void> {
    for (const { key, cron } of await this.boss.getSchedules("ticks")) {
      if (wanted.get(key) !== cron) await this.boss.unschedule("ticks", key);
    }
    for (const [job, cron] of wanted) {
      await this.boss.schedule("ticks", cron, { job } satisfies Tick, { tz: "UTC", key: job });
    }
  }

  private async first(text: string, values: unknown[]): Promise<Record<string, unknown> | undefined> {
    const { rows } = await this.boss.getDb().executeSql(text, values);
    return rows[0] as Record<string, unknown> | undefined;
  }
}
