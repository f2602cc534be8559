/** A small hospital with something to lose, and a house of backups around it: shared by the tests and the drills. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RecordSealer } from "@core/audit/sealer.ts";
import { makeRecipient } from "@core/backup/recipients.ts";
import type { BackupHouse } from "@core/backup/run.ts";
import { s3Target } from "@core/backup/s3.ts";
import { folderTarget, type Target } from "@core/backup/targets.ts";
import type { KernelRoutes } from "@core/kernel.ts";
import { defineModule, Redirect, routesFor } from "@core/module.ts";
import { addSubject, findSubject } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import { canBeSealed } from "../../support/horizon.ts";
import { startS3 } from "../../support/s3-stand-in.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

/** Adds subjects through the kernel's own door; the identity vault is what is saved and lost here. */
const { post } = routesFor<{
  permission: "ward.admit";
  event: "ward.admitted";
  fieldClass: never;
  export: never;
  jobs: object;
  settings: object;
}>();
export const ward = defineModule({
  id: "ward",
  title: "Ward",
  summary: "Admits people, for the tests of keys and backups.",
  workspaces: ["study"],
  roles: {
    nurse: {
      title: "Nurse",
      kernel: {
        "core.subjects.read": "workspace",
        "core.subjects.manage": "workspace",
        "core.identities.open": "workspace",
        "core.colleagues.read": "workspace",
        "core.keys.destroy": "workspace",
      },
    },
  },
  permissions: { "ward.admit": { title: "Admit", roles: { nurse: "workspace" } } },
  events: { "ward.admitted": { title: "Admitted", says: "{actor} admitted {code}", personal: "subject-code" } },
  routes: [
    post("/admit", {
      needs: "ward.admit",
      body: t.Object({ code: t.String(), name: t.String(), phone: t.String() }),
      run: async ({ body }, ctx) => {
        await addSubject(ctx, {
          code: body.code,
          kind: "participant",
          identity: { name: body.name, phone: body.phone },
        });
        return new Redirect(ctx.url("/"));
      },
    }),
    post("/find", {
      needs: "ward.admit",
      body: t.Object({ phone: t.String() }),
      run: async ({ body }, ctx) => new Redirect(ctx.url(`/found/${await findSubject(ctx, "phone", body.phone)}`)),
    }),
  ],
});

const phoneOf = (i: number) => `+3161234${String(i).padStart(4, "0")}`;

export interface Ward {
  readonly world: World;
  readonly place: TestWorkspace;
  readonly nurse: Client;
  readonly store: ReturnType<typeof startS3>;
  readonly far: Target;
  readonly near: Target;
  readonly house: BackupHouse;
  /** Private halves. */
  readonly identities: readonly string[];
  admit(count: number, from?: number): Promise<void>;
  /** Whether the patient of this number is found by his telephone. */
  finds(i: number): Promise<boolean>;
  seal(): Promise<void>;
  stop(): Promise<void>;
}

export async function openWard(
  lock: "compliance" | null = "compliance",
  own: readonly KernelRoutes[] = [],
): Promise<Ward> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-ward-"));
  const recipients = [makeRecipient(), makeRecipient()];
  const backup = { to: [], recipients: recipients.map(({ recipient }) => recipient), keepDays: 400 };
  const world = await testWorld([ward], [...own], { backup });
  const place = await world.workspace("study", ["ward"]);
  const nurse = await world.as(await world.person("Nora Nurse", "nurse", place));
  const store = startS3();
  const { bucket, region, url, credentials } = store;
  const far = s3Target({ kind: "s3", bucket, prefix: "north", region, endpoint: url, lock }, () => credentials);
  const near = folderTarget(join(folder, "near"));
  const sealer = new RecordSealer(
    world.database.as("sealer"),
    world.house.config.secretKey,
    "cairn.example.org",
    () => {},
  );
  return {
    world,
    place,
    nurse,
    store,
    far,
    near,
    identities: recipients.map(({ identity }) => identity),
    house: { config: world.house.config, database: world.database, vault: world.house.vault, targets: [far, near] },
    async finds(i) {
      const answer = await nurse.post(`/w/${place.slug}/ward/find`, { phone: phoneOf(i) });
      return answer.status === 303 && /[0-9a-f]{8}-/.test(answer.location);
    },
    async admit(count, from = 0) {
      for (let i = from; i < from + count; i += 1) {
        const phone = phoneOf(i);
        const answer = await nurse.post(`/w/${place.slug}/ward/admit`, {
          code: `P-${i}`,
          name: `Invented Patient ${i}`,
          phone,
        });
        if (answer.status !== 303) throw new Error(`not admitted: ${answer.status}`);
      }
    },
    seal: async () => {
      await canBeSealed((text) => world.sql<{ over: boolean }>(text));
      await sealer.round();
    },
    async stop() {
      await sealer.stop();
      store.stop();
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
