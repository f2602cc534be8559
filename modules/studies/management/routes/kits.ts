/** Kits: taken into stock by the pharmacy, sent, received, handed out by randomisation, accounted for. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { activeScheme } from "../allocation.ts";
import { formAgain, type Studies } from "../module-words.ts";
import { kits as kitTable } from "../randomisation-tables.ts";
import { addDays, dayOf } from "../rules/days.ts";
import { type KitState, kitStates, movesFrom } from "../rules/kits.ts";
import { openSites, siteLabel } from "../store/people.ts";
import { addKitMove, addKits, allKits, allSchemes, kitById, kitsWithArms, moveKit } from "../store/randomisation.ts";
import { KitsPage } from "../views/kits.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });

/** What somebody at a site confirms; everything else is the pharmacy's. */
const atSite: readonly KitState[] = ["site", "damaged", "quarantined", "returned"];

async function kitsPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const sites = await ctx.db.all(openSites, {});
  const place = new Map(sites.map((site) => [site.id, siteLabel(site)]));
  const manages = ctx.may("studies.kits.manage");
  const receives = ctx.may("studies.kits.receive");
  const inside = new Map<string, string>();
  if (ctx.may("studies.arms.read")) {
    const scheme = (await activeScheme(ctx)) ?? (await ctx.db.all(allSchemes, {}))[0] ?? null;
    const rows = await ctx.db.all(kitsWithArms, {});
    const opened = await ctx.openMany(
      rows.map((row) => ({ value: row.arm, at: { row: row.id } })),
      "to keep the stock",
    );
    for (const [at, row] of rows.entries()) {
      const arm = opened[at];
      if (arm && !(arm instanceof Locked))
        inside.set(row.id, scheme?.scheme.arms[arm.arm]?.code ?? `arm ${arm.arm + 1}`);
    }
  }
  const rows = await ctx.db.all(allKits, {});
  return {
    takeIn: manages ? ctx.url("/kits") : null,
    showsArms: ctx.may("studies.arms.read"),
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    stock: sites.map((site) => ({
      site: siteLabel(site),
      ready: rows.filter((row) => row.siteId === site.id && row.state === "site" && row.expiresOn >= today).length,
      soon: rows.filter(
        (row) =>
          row.siteId === site.id &&
          row.state === "site" &&
          row.expiresOn >= today &&
          row.expiresOn < addDays(today, 60),
      ).length,
      expired: rows.filter((row) => row.siteId === site.id && row.state === "site" && row.expiresOn < today).length,
    })),
    lines: rows.map((row) => ({
      id: row.id,
      number: row.number,
      batch: row.batch,
      expiresOn: row.expiresOn,
      expired: row.expiresOn < today && !["dispensed", "returned", "destroyed"].includes(row.state),
      state: kitStates[row.state],
      place: place.get(row.siteId ?? "") ?? "",
      arm: inside.get(row.id) ?? null,
      action: ctx.url(`/kits/${row.id}/move`),
      moves: movesFrom(row.state)
        .filter((state) => manages || (receives && atSite.includes(state)))
        .map((state) => ({ value: state, label: kitStates[state] })),
    })),
  };
}

export const kitRoutes = [
  get("/kits", { needs: "studies.kits.read", run: async (_, ctx) => KitsPage(await kitsPage(ctx)) }),
  post("/kits", {
    needs: "studies.kits.manage",
    body: t.Object({ table: t.String({ title: "Kits", minLength: 3, maxLength: 200_000 }) }),
    refused: async (typed, problems, ctx) => KitsPage({ ...(await kitsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const scheme = (await activeScheme(ctx)) ?? (await ctx.db.all(allSchemes, {}))[0] ?? null;
      if (!scheme) throw Problem.refused("There is no randomisation scheme yet, so there are no arms to name.");
      const lines = body.table
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean);
      const known = new Set((await ctx.db.all(allKits, {})).map(({ number }) => number));
      const rows: {
        id: string;
        number: string;
        arm: Awaited<ReturnType<typeof ctx.seal>>;
        batch: string;
        expiresOn: string;
      }[] = [];
      for (const [at, line] of lines.entries()) {
        const [number = "", code = "", batch = "", expiresOn = ""] = line.split(/[;,\t]/).map((part) => part.trim());
        const arm = scheme.scheme.arms.findIndex((one) => one.code === code);
        const wrong =
          number === "" || number.length > 60
            ? "has no number"
            : known.has(number)
              ? `names kit ${number} a second time`
              : arm < 0
                ? "names an arm that the scheme does not have"
                : batch === ""
                  ? "has no batch"
                  : !/^\d{4}-\d{2}-\d{2}$/.test(expiresOn)
                    ? "has no expiry day such as 2027-06-30"
                    : null;
        if (wrong) throw Problem.invalid({ table: `Line ${at + 1} ${wrong}. Nothing was taken in.` });
        known.add(number);
        const id = Bun.randomUUIDv7();
        rows.push({ id, number, arm: (await ctx.seal(kitTable.arm, { arm }, { row: id })) as never, batch, expiresOn });
      }
      for (let at = 0; at < rows.length; at += 200) await ctx.db.all(addKits(rows.slice(at, at + 200) as never), {});
      ctx.audit("studies.kits_taken_in", {
        count: rows.length,
        batch: [...new Set(rows.map(({ batch }) => batch))].join(", "),
      });
      return new Redirect(ctx.url("/kits"), rows.length === 1 ? "1 kit taken in." : `${rows.length} kits taken in.`);
    },
  }),
  post("/kits/:id/move", {
    needs: "studies.kits.read",
    params: t.Object({ id: uuid }),
    body: t.Object({
      state: t.Union(
        Object.keys(kitStates).map((state) => t.Literal(state as KitState)),
        { title: "State" },
      ),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      reason: t.Optional(t.String({ title: "Reason", maxLength: 500 })),
    }),
    refused: async (typed, problems, ctx) => KitsPage({ ...(await kitsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const kit = await ctx.db.one(kitById, params);
      const { state } = body;
      const may = ctx.may("studies.kits.manage") || (ctx.may("studies.kits.receive") && atSite.includes(state));
      if (!may) throw new Problem("forbidden");
      if (!movesFrom(kit.state).includes(state))
        throw Problem.refused(`Kit ${kit.number} does not go from there to “${kitStates[state]}”.`);
      const siteId = state === "transit" ? (body.siteId ?? null) : kit.siteId;
      if (state === "transit" && !siteId) throw Problem.refused(`To which site does kit ${kit.number} go? Choose one.`);
      if (["damaged", "quarantined", "destroyed"].includes(state) && !body.reason)
        throw Problem.refused(`Say why kit ${kit.number} is noted as “${kitStates[state].toLowerCase()}”.`);
      await ctx.db.one(moveKit, { id: kit.id, was: kit.state, state, siteId, subjectId: kit.subjectId });
      await ctx.db.one(addKitMove, { kitId: kit.id, siteId, was: kit.state, state, reason: body.reason ?? "" });
      ctx.audit("studies.kit_moved", { kit: kit.number, state: kitStates[state] });
      return new Redirect(ctx.url("/kits"), `Kit ${kit.number}: ${kitStates[state].toLowerCase()}.`);
    },
  }),
];
