/** /admin/keys: where the keys lie and how they are, by what new values are sealed, and how the backups stand. */
import { Type as t } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, RadioGroup } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { sql } from "drizzle-orm";
import { type BackupRow, backupRow, backupStanding, LEDGER } from "../backup/standing.ts";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { tenants } from "../tenancy/tables.ts";
import { ALGORITHM_NAMES, type AlgorithmName } from "../vault/aead.ts";
import { keyPlaceInWords } from "../vault/place.ts";

const policiesNow = query()((db) => db.select({ id: tenants.tenantId, policies: tenants.policies }).from(tenants));
const changeSealing = query<{ sealing: string }>()((db, $) =>
  db
    .update(tenants)
    .set({ policies: sql`${tenants.policies} || jsonb_build_object('sealing', ${$.sealing}::text)` })
    .where(sql`${tenants.tenantId} = (select core.tenant())`)
    .returning({ id: tenants.tenantId }),
);

const algorithms: readonly { readonly value: AlgorithmName; readonly label: string; readonly hint: string }[] = [
  {
    value: "xchacha20-poly1305",
    label: "XChaCha20-Poly1305",
    hint: "Cairn's own choice: random nonces of 192 bits, no counter to keep.",
  },
  { value: "aes-256-gcm", label: "AES-256-GCM", hint: "For institutions whose rules name AES (FIPS 197, SP 800-38D)." },
];

export const keyRoutes = [
  ownGet("/admin/keys", { needs: "core.protection.read", run: async (_input, ctx) => show(ctx) }),
  ownPost("/admin/keys/algorithm", {
    needs: "core.tenant.manage",
    body: t.Object({
      algorithm: t.Union(
        Object.keys(ALGORITHM_NAMES).map((name) => t.Literal(name)),
        { title: "Algorithm" },
      ),
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const algorithm = String(body.algorithm);
      if ((await algorithmNow(ctx)) === algorithm) return new Redirect("/admin/keys", "Nothing was changed.");
      const [changed] = await ctx.db.all(changeSealing, { sealing: algorithm });
      if (!changed) throw Problem.notFound();
      ctx.audit("core.tenant_changed", { what: `sealing algorithm to ${algorithm}` });
      return new Redirect("/admin/keys", "Saved. New values are sealed by it; what is there opens as before.");
    },
  }),
];

async function algorithmNow(ctx: OwnContext): Promise<AlgorithmName> {
  const { policies } = await ctx.db.one(policiesNow, {});
  const { sealing } = policies;
  return algorithms.find(({ value }) => value === sealing)?.value ?? "xchacha20-poly1305";
}

async function show(ctx: OwnContext, form?: FormState): Promise<Html> {
  const { config, vault } = ctx.house;
  const health = await vault.health();
  const rows = (await ctx.lease.rows(LEDGER)).map(backupRow);
  const standing = backupStanding(rows, config, ctx.now);
  const mayChange = ctx.may("core.tenant.manage");
  return (
    <Page
      title="Keys and backups"
      lead="Names and notes are sealed under keys that are themselves wrapped by a key service. This is how both are, for the whole installation."
      form={form}
    >
      <div class="stack">
        <Panel title="Key service">
          <div class="stack">
            <Facts
              facts={[
                { term: "Where the root keys lie", value: keyPlaceInWords(config.keys ?? { kind: "local" }) },
                { term: "Now", value: health.ok ? <Badge tone="ok">Answers</Badge> : <Badge tone="bad">Away</Badge> },
              ]}
            />
            {!health.ok && (
              <Note tone="warn">
                Protected fields stay locked until it answers again. Nothing is lost, and nothing is stored in the
                clear.
              </Note>
            )}
          </div>
        </Panel>
        <Form action="/admin/keys/algorithm">
          <RadioGroup
            name="algorithm"
            label="New values are sealed by"
            value={await algorithmNow(ctx)}
            options={algorithms}
            form={form}
            disabled={!mayChange}
          />
          {mayChange && (
            <FormFoot>
              <Button tone="primary">Save</Button>
            </FormFoot>
          )}
        </Form>
        <Panel title="Backups">
          <div class="stack">
            {standing.says.map((sentence) => (
              <Note tone={standing.well ? "info" : "bad"}>{sentence}</Note>
            ))}
            <BackupTable rows={rows.slice(0, 14)} />
          </div>
        </Panel>
      </div>
    </Page>
  );
}

const BackupTable = ({ rows }: { rows: readonly BackupRow[] }): Html => (
  <DataTable
    caption={rows.length === 1 ? "The newest run" : `The newest ${rows.length} runs`}
    rows={rows}
    empty={
      <Empty title="No backup yet">
        When BACKUP_TO names a place, one is made twice a day and restored for a trial every night.
      </Empty>
    }
    columns={[
      { key: "at", head: "Begun", cell: (row) => <Time at={row.beganAt} /> },
      { key: "number", head: "Number", align: "end", cell: (row) => row.sequence ?? <span class="muted">None</span> },
      {
        key: "size",
        head: "Size",
        align: "end",
        cell: (row) => (row.bytes === null ? <span class="muted">Unknown</span> : `${(row.bytes / 1e6).toFixed(1)} MB`),
      },
      {
        key: "state",
        head: "State",
        cell: (row) =>
          row.failed ? (
            <Badge tone="bad">Failed</Badge>
          ) : row.found ? (
            <Badge tone="bad">Not whole</Badge>
          ) : row.provedAt ? (
            <Badge tone="ok">Restored for a trial</Badge>
          ) : row.verifiedAt ? (
            <Badge tone="ok">Read back whole</Badge>
          ) : (
            <Badge tone="warn">Not verified</Badge>
          ),
      },
      {
        key: "copies",
        head: "Copies",
        wrap: true,
        cell: (row) =>
          row.copies.map(({ target, at }) => (at ? target : `not at ${target}`)).join(", ") || (
            <span class="muted">None</span>
          ),
      },
      { key: "says", head: "What it said", wrap: true, cell: (row) => row.failed ?? row.found ?? "" },
    ]}
  />
);
