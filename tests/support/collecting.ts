/** Fetches a file that asks why, as somebody who has said it and signed (tests/core/documents/export-pass.test.ts goes the whole way). */
import { expect } from "bun:test";
import { PASS } from "@core/documents/export-pass.ts";
import type { Answer, Client, World } from "./world.ts";

export async function collect(world: World, client: Pick<Client, "get">, path: string): Promise<Answer> {
  const asked = await client.get(path);
  if (!asked.location.includes("/downloads/ask?")) return asked;
  expect(asked.status).toBe(303);
  return await client.get(await withPass(world, path, asked.location));
}

/** The file's address with a pass; `asking`: where whoever asked for it was sent. */
export async function withPass(world: World, path: string, asking: string): Promise<string> {
  const { searchParams } = new URL(asking, "http://x");
  // Whoever was just refused is who the record says he is.
  const [pass] = await world.sql<{ id: string }>(
    `insert into core.export_passes (tenant_id, workspace_id, person_id, session_ref, name, path, reason)
     select tenant_id, workspace_id, actor_id, session_ref, $1, $2, 'for a test' from core.audit_events
     where outcome = 'refused' and status = 403 order by id desc limit 1 returning id`,
    [searchParams.get("name"), searchParams.get("for")],
  );
  return `${path}${path.includes("?") ? "&" : "?"}${PASS}=${pass?.id}`;
}
