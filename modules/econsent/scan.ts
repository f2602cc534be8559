/** The paper that was signed, given back as it was scanned, to the team and to the participant himself. */
import { type Context, Locked } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Econsent } from "./names.ts";
import { scanById } from "./store/consents.ts";

const endings = { "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg" } as const;

export async function giveScan(ctx: Context<Econsent>, id: string, by: "econsent.scan" | "econsent.own_scan") {
  const paper = await ctx.db.one(scanById, { id });
  const [scan] = await ctx.openMany(
    [{ value: paper.scan, at: { row: id, subject: paper.subjectId } }],
    "to give back the paper that was signed",
  );
  if (!scan || scan instanceof Locked) throw new Problem("locked", scan?.sentence);
  const ending = endings[paper.type];
  const type = ending === "pdf" ? ("pdf" as const) : ("file" as const);
  return ctx.file(by, `signed-${id.slice(-6)}.${ending}`, { kind: "kept", type, body: [scan] }, [id]);
}
