/**
 * Concealed allocation. Whoever randomises has no row that says an arm; the house seals the list, takes the next slot or
 * minimises, and chooses the kit, on errands that answer a number and never an arm.
 */
import { type Context, type Errand, Locked } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { takeTurn } from "@core/tenancy/turn.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { move } from "./enrolment.ts";
import { planOfVersion, type Studies, versionInForce } from "./module-words.ts";
import { allocationArms, type SealedArm, type Secrets, slots } from "./randomisation-tables.ts";
import type { ConsentHeld } from "./recruiting.ts";
import { blockList } from "./rules/blocks.ts";
import { addDays, dayOf } from "./rules/days.ts";
import { chooseKit } from "./rules/kits.ts";
import { minimise, type Placed, replay } from "./rules/minimisation.ts";
import { type Arm, type Levels, SITE, strataOf, stratumOf } from "./rules/scheme.ts";
import { setCasebookArm } from "./store/casebooks.ts";
import { openSites } from "./store/people.ts";
import {
  addAllocation,
  addAllocationArm,
  addKitMove,
  addSlots,
  allocationById,
  allocationFor,
  allSchemeSteps,
  allSchemes,
  allUnblindings,
  armOf,
  armsOfScheme,
  KITS_AT_ONCE,
  kitsAt,
  lastNumber,
  moveKit,
  nextSlot,
  type SchemeRow,
  type SchemeStepRow,
  schemeInForce,
  secretsOf,
  slotsMade,
  wholeList,
} from "./store/randomisation.ts";
import { screeningOf } from "./store/recruitment.ts";

export type SchemeState = "draft" | "active" | "closed" | "discarded";
export function schemeState(id: string, steps: readonly Pick<SchemeStepRow, "schemeId" | "step">[]): SchemeState {
  const taken = steps.filter(({ schemeId }) => schemeId === id).map(({ step }) => step);
  if (taken.includes("closed")) return "closed";
  if (taken.includes("discarded")) return "discarded";
  return taken.includes("activated") ? "active" : "draft";
}

/** The scheme in force; null when there is none. */
export async function activeScheme(ctx: Pick<Context, "db">): Promise<SchemeRow | null> {
  return ctx.db.first(schemeInForce, {});
}

/** Is a blinded scheme written or in force? Then nobody who captures data may be told an arm, by whatever way. */
export async function isRandomisedBlind(ctx: Pick<Context, "db">): Promise<boolean> {
  const steps = await ctx.db.all(allSchemeSteps, {});
  return (await ctx.db.all(allSchemes, {})).some(
    ({ id, blinded }) => blinded && ["draft", "active", "closed"].includes(schemeState(id, steps)),
  );
}

async function opened<T>(ctx: Context, value: Parameters<Context["open"]>[0], row: string): Promise<T> {
  return (await ctx.open(value, { row }, "to allocate by the scheme")) as T;
}
async function secretsFor(ctx: Context, schemeId: string): Promise<Secrets> {
  const row = await ctx.db.one(secretsOf, { schemeId });
  return opened<Secrets>(ctx, row.secrets as never, row.id);
}

const BATCH = 200;

/** Makes and seals the slots of one stratum from `from` on; each is sealed for its own row. */
async function makeSlots(
  ctx: Context,
  scheme: SchemeRow,
  secrets: Secrets,
  stratum: string,
  from: number,
  count: number,
): Promise<string[]> {
  const list = blockList(scheme.scheme.arms, secrets.multiples, secrets.seed, stratum, from + count).slice(from);
  for (let at = 0; at < list.length; at += BATCH) {
    const rows = await Promise.all(
      list.slice(at, at + BATCH).map(async ({ ordinal, arm }) => {
        const id = Bun.randomUUIDv7();
        return { id, schemeId: scheme.id, stratum, ordinal, arm: await ctx.seal(slots.arm, { arm }, { row: id }) };
      }),
    );
    await ctx.db.all(addSlots(rows), {});
  }
  return list.map(({ ordinal, arm }) => `${stratum}|${ordinal}|${arm}`);
}

/** Makes the list of every stratum at every site, and answers its size and digest: to a person who never sees it. */
export const sealList: Errand<{ readonly schemeId: string }, { readonly count: number; readonly sha256: Uint8Array }> =
  {
    name: "studies.seal_list",
    title: "Make and seal the randomisation list",
    permissions: [
      "studies.scheme.write",
      "studies.slots.write",
      "studies.list.read",
      "studies.randomisation.read",
      "core.sites.read",
    ],
    run: async ({ schemeId }, ctx) => {
      const scheme = (await ctx.db.all(allSchemes, {})).find(({ id }) => id === schemeId);
      if (!scheme) throw Problem.notFound();
      const secrets = await secretsFor(ctx, schemeId);
      const lines: string[] = [];
      if (scheme.scheme.method === "blocks") {
        const sites = (await ctx.db.all(openSites, {})).map(({ id }) => id);
        for (const stratum of strataOf(scheme.scheme, sites))
          lines.push(...(await makeSlots(ctx, scheme, secrets, stratum, 0, secrets.slotsPerStratum)));
      }
      // The seed goes into the digest, so that nobody can find the list by trying.
      return { count: lines.length, sha256: sha256([secrets.seed, ...lines].join("\n")) };
    },
  };

export interface Allocated {
  readonly id: string;
  readonly number: number;
  readonly kitNumber: string | null;
  readonly openArm: string | null;
}
export interface AllocationAsk {
  readonly schemeId: string;
  readonly subjectId: string;
  readonly siteId: string | null;
  readonly levels: Levels;
  /** The form's own id: the same form twice is one allocation. */
  readonly requestId: string;
  readonly personId: string;
  /** What the keeper of consents answered, in this transaction. */
  readonly consent: ConsentHeld;
}

export const allocate: Errand<AllocationAsk, Allocated> = {
  name: "studies.allocate",
  title: "Allocate one participant by the sealed scheme",
  permissions: [
    "core.subjects.read",
    "core.sites.read",
    "studies.dossier.read",
    "studies.scheme.write",
    "studies.slots.write",
    "studies.list.read",
    "studies.arms.read",
    "studies.randomisation.read",
    "studies.recruitment.read",
    "studies.recruitment.write",
    "studies.participants.add",
    "studies.progress.read",
    "studies.kits.read",
    "studies.kits.manage",
  ],
  run: async (ask, ctx) => {
    const { schemeId, subjectId, siteId, levels, requestId, personId, consent } = ask;
    // One at a time in a scheme: what the next one reads, this one has committed.
    await takeTurn(ctx, `scheme ${schemeId}`);
    const known = await ctx.db.all(allocationFor, { requestId, subjectId });
    const again = known.find((row) => row.requestId === requestId && row.subjectId === subjectId);
    if (again) return again;
    if (known.length > 0) throw Problem.refused("This participant was randomised before. Nobody is randomised twice.");
    const scheme = await activeScheme(ctx);
    if (!scheme || scheme.id !== schemeId)
      throw Problem.refused("This scheme is not in force any more. Open the page again.");
    const screening = await ctx.db.first(screeningOf, { subjectId });
    if (screening?.stage !== "eligible" || screening.dropped)
      throw Problem.refused("Only a participant who is noted as eligible, and still on the way, is randomised.");
    const secrets = await secretsFor(ctx, schemeId);
    const number = ((await ctx.db.first(lastNumber, { schemeId }))?.last ?? 0) + 1;
    const stratum = stratumOf(scheme.scheme, siteId ?? "", levels);

    let slotId: string | null = null;
    let sealedArm: SealedArm;
    if (scheme.scheme.method === "blocks") {
      let slot = await ctx.db.first(nextSlot, { schemeId, stratum });
      if (!slot) {
        const made = (await ctx.db.first(slotsMade, { schemeId, stratum }))?.made ?? 0;
        await makeSlots(ctx, scheme, secrets, stratum, made, secrets.slotsPerStratum);
        slot = await ctx.db.one(nextSlot, { schemeId, stratum });
      }
      slotId = slot.id;
      sealedArm = await opened<SealedArm>(ctx, slot.arm as never, slot.id);
    } else {
      const before = await placedIn(ctx, schemeId);
      sealedArm = minimise(scheme.scheme, secrets, secrets.seed, number, before, { levels, siteId: siteId ?? "" });
    }
    const arm = scheme.scheme.arms[sealedArm.arm];
    if (!arm) throw new Error("the list names an arm that the scheme does not have");

    const kit = scheme.usesKits ? await kitFor(ctx, sealedArm.arm, siteId, scheme.kitDays) : null;
    const id = Bun.randomUUIDv7();
    await ctx.db.one(addAllocation, {
      id,
      schemeId,
      subjectId,
      siteId,
      number,
      levels,
      stratum: scheme.scheme.bySite ? stratum.replace(`${SITE}=${siteId}`, SITE) : stratum,
      requestId,
      openArm: scheme.blinded ? null : `${arm.code}: ${arm.title}`,
      kitNumber: kit?.number ?? null,
      randomisedBy: personId,
      consent,
    });
    const armId = Bun.randomUUIDv7();
    await ctx.db.one(addAllocationArm, {
      id: armId,
      allocationId: id,
      siteId,
      slotId,
      arm: await ctx.seal(allocationArms.arm, sealedArm, { row: armId }),
    });
    if (kit) {
      await ctx.db.one(moveKit, { id: kit.id, was: "site", state: "dispensed", siteId: kit.siteId, subjectId });
      await ctx.db.one(addKitMove, {
        kitId: kit.id,
        siteId: kit.siteId,
        was: "site",
        state: "dispensed",
        reason: "randomised",
      });
    }
    const here = ctx as unknown as Context<Studies>;
    await move(here, screening, { stage: "randomised", dropped: null, byId: personId });
    if (!scheme.blinded) await tellCapture(here, subjectId, siteId, arm);
    return {
      id,
      number,
      kitNumber: kit?.number ?? null,
      openArm: scheme.blinded ? null : `${arm.code}: ${arm.title}`,
    };
  },
};

/** In an open study the casebook plans the visits of the arm; of a blinded one it never hears (studies.keep_arm). */
async function tellCapture(ctx: Context<Studies>, subjectId: string, siteId: string | null, arm: Arm): Promise<void> {
  const version = await versionInForce(ctx, siteId);
  if (!version) return;
  const { build } = await planOfVersion(ctx, version);
  const planned = build.arms.find(({ id, name }) =>
    [id, ...Object.values(name).map((words) => words?.text)].some((text) => text === arm.code || text === arm.title),
  );
  if (planned) await ctx.db.all(setCasebookArm, { subjectId, arm: planned.id });
}

/** Opens the site's kits some at a time, those that expire first before the others, until one holds the arm. */
async function kitFor(ctx: Context, arm: number, siteId: string | null, days: number) {
  const goodUntil = addDays(dayOf(ctx.now), days);
  let [afterDay, afterNumber] = [goodUntil, ""];
  for (let isMore = siteId !== null; siteId && isMore; ) {
    const stock = await ctx.db.all(kitsAt, { siteId, goodUntil, afterDay, afterNumber });
    const inside = await ctx.openMany(
      stock.map((row) => ({ value: row.arm, at: { row: row.id } })),
      "to choose a kit",
    );
    const right = stock.filter((_, at) => {
      const content = inside[at];
      return content !== undefined && !(content instanceof Locked) && content.arm === arm;
    });
    const kit = chooseKit(right, siteId, goodUntil);
    if (kit) return kit;
    const last = stock.at(-1);
    isMore = stock.length === KITS_AT_ONCE;
    if (last) [afterDay, afterNumber] = [last.expiresOn, last.number];
  }
  throw Problem.refused("No kit can be handed out at this site now. Ask the pharmacy for kits; nobody was randomised.");
}

/** Every allocation of a scheme in the order of time, opened: for an errand, or one who may see arms. */
async function placedIn(ctx: Context, schemeId: string): Promise<Placed[]> {
  const rows = await ctx.db.all(armsOfScheme, { schemeId });
  const arms = await ctx.openMany(
    rows.map((row) => ({ value: row.arm, at: { row: row.id } })),
    "to allocate by the scheme",
  );
  return rows.map(({ levels, siteId }, at) => {
    const arm = arms[at];
    if (arm === undefined || arm instanceof Locked) throw new Problem("locked");
    return { levels, siteId: siteId ?? "", arm: arm.arm };
  });
}

/** The arm of one participant, for the person who unblinded that participant and for nobody else. */
export const reveal: Errand<{ readonly allocationId: string; readonly personId: string }, string | null> = {
  name: "studies.reveal",
  title: "Say the arm of one unblinded participant to the one who unblinded",
  permissions: ["studies.arms.read", "studies.randomisation.read", "core.subjects.read"],
  run: async ({ allocationId, personId }, ctx) => {
    const made = (await ctx.db.all(allUnblindings, {})).some(
      (row) => row.allocationId === allocationId && row.madeBy === personId,
    );
    if (!made) return null;
    const { schemeId } = await ctx.db.one(allocationById, { id: allocationId });
    const row = await ctx.db.one(armOf, { allocationId });
    const { arm } = (await ctx.open(row.arm, { row: row.id }, "emergency unblinding")) as SealedArm;
    const named = (await ctx.db.all(allSchemes, {})).find(({ id }) => id === schemeId)?.scheme.arms[arm];
    return named ? `${named.code}: ${named.title}` : null;
  },
};

/** Whether list and allocations are those that the seed makes. Null: they are; otherwise which one is not. */
export async function replayAll(
  ctx: Context<Studies>,
  scheme: SchemeRow,
): Promise<{ count: number; wrong: string | null }> {
  const whole = ctx as unknown as Context;
  const secrets = await secretsFor(whole, scheme.id);
  if (scheme.scheme.method === "minimisation") {
    const placed = await placedIn(whole, scheme.id);
    const wrong = replay(scheme.scheme, secrets, secrets.seed, placed);
    return { count: placed.length, wrong: wrong === null ? null : `allocation ${wrong}` };
  }
  const list = await ctx.db.all(wholeList, { schemeId: scheme.id });
  const arms = await ctx.openMany(
    list.map((row) => ({ value: row.arm, at: { row: row.id } })),
    "to replay the list from its seed",
  );
  const byStratum = Map.groupBy(list, ({ stratum }) => stratum);
  const armOfRow = new Map(list.map((row, at) => [row.id, arms[at]]));
  for (const [stratum, rows] of byStratum) {
    const made = blockList(scheme.scheme.arms, secrets.multiples, secrets.seed, stratum, rows.length);
    for (const row of rows) {
      const there = armOfRow.get(row.id);
      const right = made[row.ordinal - 1]?.arm;
      if (there === undefined || there instanceof Locked || there.arm !== right)
        return { count: list.length, wrong: `slot ${row.ordinal} of one stratum` };
    }
  }
  return { count: list.length, wrong: null };
}
