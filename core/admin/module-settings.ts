/** A module's settings in one workspace: read, checked against its schema, saved as a new row, told in words. */
import type { TObject } from "@sinclair/typebox";
import type { OwnContext } from "../context.ts";
import { readInput } from "../http/input.ts";
import { settingsOf } from "../kernel.ts";
import type { Module, Typed } from "../module.ts";
import { Problem } from "../problem.ts";
import { insertSettings, settingsHistory } from "./workspaces.ts";

/** The form's field for the reason; no setting can be called that, since settings are words. */
export const REASON = "reason-for-change";

export interface SettingsPlace {
  readonly id: string;
  readonly title: string;
}

export interface PastSettings {
  readonly at: Date;
  readonly by: string;
  readonly reason: string | null;
  /** "Height from 7 to 9" */
  readonly what: string;
}

export type SettingsModule = Module & { readonly settings: TObject };

/** Throws not-found for a module that does not exist here or has nothing to set. */
export function settable(modules: readonly Module[], id: string): SettingsModule {
  const module = modules.find((candidate) => candidate.id === id);
  if (!module?.settings || Object.keys(module.settings.properties).length === 0) throw Problem.notFound();
  return module as SettingsModule;
}

export async function readSettings(
  ctx: OwnContext,
  place: SettingsPlace,
  module: SettingsModule,
): Promise<{ now: Record<string, unknown>; past: PastSettings[] }> {
  const rows = await ctx.db.all(settingsHistory, { workspaceId: place.id, module: module.id });
  const past = rows.slice(0, 10).map((row, at) => ({
    at: row.madeAt,
    by: row.name ?? "Someone",
    reason: row.reason,
    what:
      differences(module, settingsOf(module, rows[at + 1]?.value ?? {}), settingsOf(module, row.value)).join("; ") ||
      "Confirmed as it was",
  }));
  return { now: settingsOf(module, rows[0]?.value ?? {}), past };
}

/**
 * What was typed becomes a new row; the old ones stay. Returns what changed, or null when nothing did.
 * Throws Problem "invalid" with a sentence for each field.
 */
export async function saveSettings(
  ctx: OwnContext,
  place: SettingsPlace,
  module: SettingsModule,
  typed: Typed,
): Promise<string | null> {
  const value = readInput(module.settings, asSent(module.settings, typed));
  const reason = typed[REASON];
  const why = typeof reason === "string" ? reason.trim() : "";
  const { now } = await readSettings(ctx, place, module);
  const changes = differences(module, now, value);
  if (changes.length === 0) return null;
  if (why.length < 3 || why.length > 500)
    throw Problem.invalid({ [REASON]: "Say why in a few words: it stands in the record beside the change." });
  await ctx.db.all(insertSettings, { workspaceId: place.id, module: module.id, value, reason: why });
  const what = changes.join("; ");
  ctx.audit("core.settings_changed", {
    module: module.title,
    workspace: place.title,
    what: `${what} (${why})`,
  });
  return what;
}

/**
 * What a browser leaves out is an answer here: a box without its tick is off, and no tick at all is an empty list. A
 * list is typed one a line.
 */
function asSent(schema: TObject, typed: Typed): Typed {
  const sent: Record<string, string | readonly string[]> = { ...typed };
  for (const [name, field] of Object.entries(schema.properties)) {
    const given = typed[name];
    if (field.type === "boolean" && given === undefined) sent[name] = "false";
    if (field.type === "array") {
      const lines = given === undefined ? [] : typeof given === "string" ? given.split("\n") : given;
      sent[name] = lines.map((line) => line.trim()).filter((line) => line !== "");
    }
  }
  return sent;
}

/** "Height from 7 to 9", by the titles of the schema. Only what the schema names: a setting that is gone says nothing. */
export function differences(
  module: SettingsModule,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(module.settings.properties)
    .filter(([name]) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(([name, field]) => `${String(field.title ?? name)} from ${inWords(before[name])} to ${inWords(after[name])}`);
}

function inWords(value: unknown): string {
  if (value === undefined || value === null || value === "") return "nothing";
  if (value === true) return "on";
  if (value === false) return "off";
  const text = Array.isArray(value) ? value.map(String).join(", ") : String(value);
  return text.length > 80 ? `“${text.slice(0, 79)}…”` : text || "nothing";
}
