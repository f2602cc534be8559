/** What stands around the answers of a form: signature, comparison with the source, queries about the whole, and acts. */
import type { Context } from "@core/module.ts";
import type { Child } from "@views/html.ts";
import type { OpenSheet } from "../capture/saving.ts";
import type { Studies } from "../names.ts";

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
}

export async function sheetMarks(_ctx: Context<Studies>, _open: OpenSheet, _preview: boolean): Promise<SheetMarks> {
  return { signature: null, notes: [], acts: null, aside: null, verified: () => null, ask: () => null };
}
