/** What stands around the answers of a form: signature, comparison with the source, queries about the whole, and acts. */
import type { Context } from "@core/module.ts";
import type { Child } from "@views/html.ts";
import type { OpenSheet } from "../capture/opening.ts";
import { secondStateOf, secondWords } from "../capture/second-entry.ts";
import { contentDigest } from "../cleaning/content.ts";
import { hexOf } from "../design/canonical.ts";
import { blinded } from "../model/marks.ts";
import type { Studies } from "../names.ts";
import { signaturesOf, verificationsOf } from "../store/cleaning.ts";
import { secondOf } from "../store/second-entries.ts";
import { valuesOf } from "../store/sheets.ts";
import { Acts, ReopenButton } from "../views/cleaning.tsx";
import { formUrl } from "./participants.ts";

export interface SheetMarks {
  readonly signature: {
    readonly by: string;
    readonly at: Date;
    readonly stands: boolean;
    readonly meaning: string;
  } | null;
  readonly notes: readonly string[];
  readonly acts: Child;
  readonly aside: Child;
  verified(valueId: string, version: number): string | null;
  ask(section: string, key: string, item: string): string | null;
  freeze(item: string): string | null;
}

const none: SheetMarks = {
  signature: null,
  notes: [],
  acts: null,
  aside: null,
  verified: () => null,
  ask: () => null,
  freeze: () => null,
};

export async function sheetMarks(ctx: Context<Studies>, open: OpenSheet, preview: boolean): Promise<SheetMarks> {
  const { sheet, place } = open;
  if (preview || !sheet) return none;
  const where = formUrl(ctx, place.subjectId, place);
  const seen = await ctx.db.all(verificationsOf, { sheetId: sheet.id });
  const newest = new Map(seen.filter(({ axis }) => axis === "source").map((row) => [row.valueId, row.version]));
  const second = sheet.twice ? await ctx.db.first(secondOf, { sheetId: sheet.id }) : null;
  const twice = sheet.twice ? secondStateOf(sheet, second) : null;
  const isWhole = twice === null || twice === "decided";
  const links = [
    ...(ctx.may("studies.verify") ? [{ href: `${where}/compare`, label: "Compare with the source" }] : []),
    ...(ctx.may("studies.review") ? [{ href: `${where}/review`, label: "Review" }] : []),
    ...(ctx.may("studies.sign") && sheet.state === "complete" && isWhole && sheet.lock !== "locked"
      ? [{ href: ctx.url(`/participants/${place.subjectId}/sign`), label: "Sign" }]
      : []),
    ...(ctx.may("studies.queries.open") ? [{ href: `${where}/ask`, label: "Ask about the form" }] : []),
    ...(ctx.may("studies.freeze")
      ? [
          {
            href: `${ctx.url("/locks/new")}?${new URLSearchParams({ scope: "sheet", subject: place.subjectId, sheet: sheet.id })}`,
            label: "Freeze or lock",
          },
        ]
      : []),
  ];
  if (second && (ctx.may("studies.second.adjudicate") || second.decidedAt))
    links.push({ href: `${where}/decide`, label: second.decidedAt ? "Two entries" : "Decide between two entries" });
  const mayReopen = ctx.may("studies.data.enter") && sheet.state === "not done" && !sheet.lock;
  return {
    signature: await signatureOf(ctx, open),
    notes:
      twice && twice !== "decided" && twice !== "first entry"
        ? [`Entered twice: ${secondWords[twice].toLowerCase()}.`]
        : [],
    acts: [Acts({ links }), mayReopen && ReopenButton({ action: `${where}/reopen` })],
    aside: null,
    verified: (valueId, version) => {
      const last = newest.get(valueId);
      return last === undefined ? null : last === version ? "Verified" : "Changed since verified";
    },
    ask: (section, key, item) =>
      ctx.may("studies.queries.open") ? `${where}/ask?${new URLSearchParams({ section, key, item })}` : null,
    freeze: (item) =>
      ctx.may("studies.freeze")
        ? `${ctx.url("/locks/new")}?${new URLSearchParams({ scope: "item", subject: place.subjectId, sheet: sheet.id, item })}`
        : null,
  };
}

/** It stands while nothing changed since, and while the digest of what is there is the one that was signed. */
async function signatureOf(ctx: Context<Studies>, { sheet, place, plan }: OpenSheet): Promise<SheetMarks["signature"]> {
  if (!sheet || !ctx.may("studies.signatures.read")) return null;
  const last = (await ctx.db.all(signaturesOf, { subjectId: place.subjectId })).find((one) => one.sheetId === sheet.id);
  if (!last) return null;
  // Signer and reader may see different answers where some are blinded: then the count of changes decides alone.
  const isWhole = !(plan.entries.get(place.form) ?? []).some(({ item }) => blinded.on(item));
  const digest = isWhole ? hexOf(contentDigest(sheet, await ctx.db.all(valuesOf, { sheetId: sheet.id }))) : null;
  return {
    by: last.printedName,
    at: last.madeAt,
    meaning: last.meaning,
    stands: last.revision === sheet.revision && (digest === null || digest === hexOf(last.sha256)),
  };
}
