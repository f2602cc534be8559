/**
 * A study that comes from another system, told through the front door: its definition is handed in, looked at, taken and
 * published, and then its data, with a query for each contradiction. BIRCH is invented and ships with the product; with
 * `cairn demo import FILE…` somebody tries a file of his own.
 */
import { join } from "node:path";
import type { DemoStage, Upload } from "@core/module.ts";
import { Refusal } from "@core/refusal.ts";

const PASSWORD = "a demonstration needs no secret";
const birch = join(import.meta.dir, "demo-birch.xml");

export async function importBirch(stage: DemoStage): Promise<void> {
  if (stage.institution !== "northfield") return;
  const file = { filename: "birch.xml", bytes: new Uint8Array(await Bun.file(birch).arrayBuffer()) };
  await importStudy(stage, "birch", "BIRCH registry", [file]);
}

/** Files of somebody's own: a definition and its data, or one file with both. Answers where the study stands now. */
export async function importOwn(stage: DemoStage, files: readonly Upload[]): Promise<string> {
  const slug = `imported-${Date.now().toString(36)}`;
  await importStudy(stage, slug, `Imported from ${files[0]?.filename ?? "a file"}`, files);
  return `${files.map(({ filename }) => filename).join(" and ")} came in through the front door: /w/${slug}/studies at the demo hospital “${stage.institution}”, as Dan Datamanager.`;
}

async function importStudy(stage: DemoStage, slug: string, title: string, files: readonly Upload[]): Promise<void> {
  const [definition, data = definition] = files;
  if (!definition || !data) throw new Refusal("There is no file to import.");
  const workspace = await stage.workspace({ slug, title, kind: "study", modules: ["studies"] });
  const at = (path: string) => `/w/${slug}/studies${path}`;
  const signer = `ingrid.importer.${slug}@${stage.institution}.example`;
  const ingrid = await workspace.person({ name: "Ingrid Importer", email: signer, role: "study_administrator" });
  const dan = await workspace.person({
    name: "Dan Datamanager",
    email: `dan.datamanager@${stage.institution}.example`,
    role: "data_manager",
  });
  await workspace.person({
    name: "Mona Monitor Ito",
    email: `mona.monitor.ito@${stage.institution}.example`,
    role: "study_monitor",
    site: "01",
  });
  const handed = await ingrid.post(at("/design/import"), { file: definition });
  await ingrid.post(`${handed.location}/take`, {});
  // What looks as if it could name somebody is allowed with a signature, or nothing is published.
  const check = await ingrid.get(at("/design/check"));
  const suspect = new Set([...check.matchAll(/\/design\/items\/([^/"]+)\/allow"/g)].map(([, item = ""]) => item));
  if (suspect.size > 0) await ingrid.post("/account/password", { password: PASSWORD, again: PASSWORD });
  for (const item of suspect)
    await ingrid.post(at(`/design/items/${item}/allow`), {
      reason: "As it came from the other system, for a demonstration",
      signature_name: signer,
      signature: PASSWORD,
    });
  await ingrid.post(at("/design/publish"), { title: "As it was handed over" });
  const sent = await dan.post(at("/imports"), { file: data });
  const page = await dan.get(sent.location);
  const siteId = /<select[^>]*name="siteId"[\s\S]*?<option value="([0-9a-f-]{36})"/.exec(page)?.[1];
  await dan.post(`${sent.location}/take`, {
    ...(siteId ? { siteId } : {}),
    reason: `Handed over by another system: ${data.filename}`,
    complete: "on",
  });
}
