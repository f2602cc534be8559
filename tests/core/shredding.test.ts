/** Destroying a subject's key and a study's, from the page, with the day on which it is complete. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { makeBackup } from "@core/backup/run.ts";
import { withOwner } from "@core/db/migrate.ts";
import { shreddingRoutes } from "@core/shredding/routes.ts";
import { Sealer } from "@core/vault/envelope.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { openStored, storedSeals } from "@core/vault/sealed-columns.ts";
import { openWard, type Ward } from "./backup/ward.ts";

let ward: Ward;
const NAME = { table: "core.identities", column: "name", fieldClass: "core.identity" };
beforeAll(async () => {
  ward = await openWard(null, [{ place: "workspace", routes: shreddingRoutes }]);
  await ward.admit(3);
});
afterAll(async () => await ward.stop());

const at = (path = "") => `/w/${ward.place.slug}/shredding${path}`;
const nameOf = async (code: string) =>
  await withOwner(ward.world.database.owner, async (sql) => {
    const [row] = await sql<{ id: string }[]>`select id from core.subjects where code = ${code}`;
    const [seal] = await storedSeals(sql, NAME, { limit: 1, where: "subject_id = $2::uuid", values: [row?.id ?? ""] });
    if (!seal) throw new Error("no such name");
    return await openStored(ward.world.house.vault, ownerKeys(sql), NAME, seal).then(
      ({ plaintext }) => Buffer.from(plaintext.subarray(1)).toString(),
      (error: Error) => error.constructor.name,
    );
  });

describe("one subject", () => {
  test.each([
    ["a code that is not typed twice alike", { code: "P-1", again: "P-2", reason: "asked for it" }],
    ["a code that nobody has", { code: "P-9", again: "P-9", reason: "asked for it" }],
    ["no reason", { code: "P-1", again: "P-1", reason: "" }],
  ])("%s destroys nothing", async (_, form) => {
    expect((await ward.nurse.post(at("/subject"), form)).status).toBe(422);
    expect(await nameOf("P-1")).toBe("Invented Patient 1");
  });

  test("is destroyed at once, its tags too, and the page names the day of the last backup", async () => {
    await makeBackup(ward.house, null);
    const day = new Date(Date.now() + 35 * 86_400_000).toISOString().slice(0, 10);
    const answer = await ward.nurse.post(at("/subject"), { code: "P-1", again: "P-1", reason: "asked for it" });
    expect(answer.status).toBe(303);
    expect(await nameOf("P-1")).toBe("Shredded");
    expect(await nameOf("P-2")).toBe("Invented Patient 2");
    const tags = await ward.world.sql(
      "select 1 from core.identities i join core.subjects s on s.id = i.subject_id where s.code = 'P-1' and phone_index is not null",
    );
    expect(tags).toEqual([]);
    const page = await ward.nurse.get(at());
    expect(page.status).toBe(200);
    expect(page.text).toContain(day);
    expect(page.text).toContain("P-1");
    expect((await ward.world.trail()).map(({ sentence }) => sentence)).toContain(
      "Nora Nurse destroyed the key of P-1: asked for it",
    );
  });

  test("gets no next key, in whatever order a rotation comes (core.guard_key)", async () => {
    await withOwner(ward.world.database.owner, async (sql) => {
      const [row] = await sql<{ id: string }[]>`select id from core.subjects where code = 'P-1'`;
      const [key] = await sql<
        { id: string }[]
      >`select id from core.keys where subject_id = ${row?.id ?? null} and purpose = 'field'`;
      await expect(
        sql`insert into core.keys (tenant_id, id, workspace_id, subject_id, purpose, version, wrapped, provider)
          select tenant_id, gen_random_uuid(), workspace_id, subject_id, purpose, version + 1, '\\x01', provider from core.keys where id = ${key?.id ?? null}`.execute(),
      ).rejects.toThrow("destroyed");
      const sealer = new Sealer(ward.world.house.vault, ownerKeys(sql), {
        tenant: ward.world.here.id,
        workspace: ward.place.id,
      });
      await expect(sealer.rotate("field", row?.id ?? "")).rejects.toThrow();
    });
  });
});

describe("a whole study", () => {
  test("is destroyed only by its own name, and then nobody reads or writes what is sealed", async () => {
    const [place] = await ward.world.sql<{ title: string }>("select title from core.workspaces where id = $1", [
      ward.place.id,
    ]);
    expect(
      (await ward.nurse.post(at("/workspace"), { title: "Another", "all-reason": "the study ended" })).status,
    ).toBe(422);
    expect(await nameOf("P-2")).toBe("Invented Patient 2");
    expect(
      (await ward.nurse.post(at("/workspace"), { title: place?.title ?? "", "all-reason": "the study ended" })).status,
    ).toBe(303);
    expect(await nameOf("P-0")).toBe("Shredded");
    expect(await nameOf("P-2")).toBe("Shredded");
    await expect(ward.admit(1, 10)).rejects.toThrow("not admitted");
    const rows = await ward.world.sql("select 1 from core.keys where workspace_id = $1 and wrapped is not null", [
      ward.place.id,
    ]);
    expect(rows).toEqual([]);
  });
});
