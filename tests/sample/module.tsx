/**
 * The contract's own customer: a module that exists only in tests and uses every field of the contract. What an
 * institution writes in its own folder looks like this; it needs one line in modules/index.ts and nothing else.
 */

import { RowTally } from "@core/documents/download.ts";
import { upload } from "@core/http/input.ts";
import { refusedForm } from "@core/http/refused-form.ts";
import { type Context, defineModule, type Errand, Locked, Redirect, routesFor, type Words } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { findSubject } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page, PlainPage } from "@views/page.tsx";
import { Signatures } from "@views/signature.tsx";
import { findStone, insertStone, listStones, listWritings, placeStone, removeStone, schema, stones } from "./store.ts";

const roles = {
  keeper: {
    title: "Keeper of stones",
    kernel: {
      "core.subjects.read": "workspace",
      "core.subjects.manage": "workspace",
      "core.identities.open": "workspace",
      "core.colleagues.read": "workspace",
      "core.audit.read": "workspace",
      "core.assignments.read": "workspace",
      "core.assignments.manage": "workspace",
      "core.keys.destroy": "workspace",
      "core.links.open": "workspace",
    },
  },
  surveyor: { title: "Surveyor", kernel: { "core.cards.read": "workspace" } },
  walker: {
    title: "Walker",
    idleMinutes: 60,
    kernel: { "core.subjects.read": "assigned", "core.identities.open": "assigned:guide" },
  },
  watcher: { title: "Watcher", kernel: { "core.subjects.read": "site", "core.identities.open": "site" } },
  pilgrim: {
    title: "Pilgrim",
    kernel: { "core.subjects.read": "own", "core.identities.open": "own", "core.audit.own": "own" },
  },
} as const;

const permissions = {
  "sample.read": {
    title: "See stones",
    roles: { keeper: "workspace", walker: ["mine", "assigned:guide"], watcher: "site", pilgrim: "own" },
  },
  "sample.place": { title: "Place stones", roles: { keeper: "workspace", walker: "mine" } },
  "sample.open": { title: "Read what is written under a stone", roles: { keeper: "workspace" } },
  "sample.export": {
    title: "Export stones",
    roles: { keeper: "workspace" },
    reserved: "Only the keeper carries stones away.",
  },
} as const;

const events = {
  "sample.placed": { title: "Stone placed", says: "{actor} placed the stone {stone}", personal: "none" },
  "sample.removed": { title: "Stone removed", says: "{actor} removed the stone {stone}", personal: "none" },
  "sample.sworn": {
    title: "Oath",
    says: "{actor} swore by {stone}",
    signature: { meaning: "I placed this stone myself" },
    personal: "none",
  },
} as const;

const fieldClasses = {
  "sample.writing": { title: "Writing under a stone", key: "subject", opensWith: "sample.open" },
} as const;
const exports = {
  "sample.stones": { title: "Stones", format: "csv", needs: "sample.export" },
  "sample.sheet": { title: "Sheet of stones", format: "pdf", needs: "sample.export" },
  "sample.book": { title: "Workbook of stones", format: "xlsx", needs: "sample.export" },
  "sample.sack": { title: "Sack of stones", format: "zip", needs: "sample.export" },
} as const;
const jobs = { "sample.sweep": t.Object({ stone: t.String() }) };
const settings = t.Object({
  height: t.Integer({
    title: "Height",
    description: "How many stones a cairn may have.",
    default: 7,
    minimum: 1,
    maximum: 99,
  }),
});

export type Sample = Words<{
  permissions: typeof permissions;
  events: typeof events;
  fieldClasses: typeof fieldClasses;
  exports: typeof exports;
  jobs: typeof jobs;
  settings: typeof settings;
}>;

interface Stone {
  readonly id: string;
  readonly title: string;
  readonly subjectId: string;
}
const signedStone = ({ id, title, subjectId }: Stone) => ({
  record: "sample.stones",
  row: id,
  subjectId,
  content: { title },
});
const oaths = async (stone: Stone, ctx: Context<Sample>, form?: FormState): Promise<Html> => {
  const found = await ctx.signatures([signedStone(stone)]);
  return (
    <Page title="Oaths" form={form}>
      <Signatures signatures={found.get(stone.id) ?? []} empty="Nobody has sworn by it." />
      <Form action={ctx.url(`/stones/${stone.id}/swear`)}>
        <TextField name="by" label="By what" form={form} />
        <SignatureField signing={await ctx.signing("sample.sworn")} form={form} />
        <Button>Swear</Button>
      </Form>
    </Page>
  );
};

const { get, post } = routesFor<Sample>();

/** What is written under each stone, or the sentence of a lock: for a list, and for a file. */
const writingsOf = async (ctx: Context<Sample>) => {
  const found = await ctx.db.all(listWritings, {});
  const sealed = found.flatMap((one) =>
    one.writing ? [{ value: one.writing, at: { row: one.id, subject: one.subjectId } }] : [],
  );
  const opened = await ctx.openMany(sealed, "to read what is under the stones");
  const byRow = new Map(sealed.map(({ at }, i) => [at.row, opened[i]]));
  return found.map(({ id, title }) => {
    const writing = byRow.get(id);
    return { id, title, writing: writing instanceof Locked ? writing.sentence : String(writing ?? "") };
  });
};

/** Counts every stone of the place, whoever asks, and says only how many. */
const countStones: Errand<object, number> = {
  name: "sample.count",
  title: "Count stones",
  permissions: ["sample.read"],
  run: async (_payload, ctx) => (await ctx.db.all(listStones, {})).length,
};
const stoneId = t.Object({ id: t.String({ format: "uuid" }) });

const stoneForm = (
  ctx: Context<Sample>,
  values: Readonly<Record<string, string>>,
  errors: Readonly<Record<string, string>>,
): Html => (
  <Page title="Place a stone" form={{ values, errors }}>
    <Form action={ctx.url("/stones")}>
      <TextField name="title" label="Title" form={{ values, errors }} />
      <TextField name="writing" label="Writing" />
      <TextField name="subject" label="Subject" />
      <Button>Place</Button>
    </Form>
  </Page>
);

const routes = [
  get("/", {
    needs: "sample.read",
    query: t.Object({ find: t.Optional(t.String({ maxLength: 40 })) }),
    run: async (_input, ctx) => {
      const found = await ctx.db.all(listStones, {});
      return (
        <Page title={`Stones of ${ctx.tenant.name}`}>
          <p>{`Height ${ctx.settings.height}`}</p>
          <ul>
            {found.map((stone) => (
              <li id={`stone-${stone.id}`}>{stone.title}</li>
            ))}
          </ul>
        </Page>
      );
    },
  }),
  get("/stones/:id", {
    needs: "sample.read",
    params: stoneId,
    run: async ({ params }, ctx) => {
      const stone = await ctx.db.one(findStone, { id: params.id });
      const writing =
        stone.writing && ctx.may("sample.open")
          ? await ctx.open(stone.writing, { row: stone.id, subject: stone.subjectId }, "to read the stone")
          : "closed";
      const names = await ctx.names([stone.subjectId]);
      return (
        <Page title={stone.title}>
          <p id="writing">{writing}</p>
          <p id="name">{names.get(stone.subjectId) ?? "nobody"}</p>
        </Page>
      );
    },
  }),
  get("/writings", {
    needs: "sample.open",
    run: async (_input, ctx) => (
      <Page title="Writings">
        <ul>
          {(await writingsOf(ctx)).map(({ title, writing }) => (
            <li>{`${title}: ${writing}`}</li>
          ))}
        </ul>
      </Page>
    ),
  }),
  get("/writings.csv", {
    needs: "sample.export",
    run: async (_input, ctx) => {
      const rows = await writingsOf(ctx);
      const columns = ["Title", "Writing"].map((title) => ({ title, kind: "text" as const }));
      return ctx.csv(
        "sample.stones",
        "writings",
        { columns, rows: rows.map(({ title, writing }) => [title, writing]) },
        rows.map(({ id }) => id),
      );
    },
  }),
  get("/find", {
    needs: "sample.read",
    query: t.Object({ phone: t.String() }),
    run: async ({ query }, ctx) => <Page title={`Found: ${await findSubject(ctx, "phone", query.phone)}`} />,
  }),
  post("/stones", {
    needs: "sample.place",
    body: t.Object({
      title: t.String({ title: "The title", minLength: 2, maxLength: 20 }),
      writing: t.String({ maxLength: 200 }),
      subject: t.String({ format: "uuid" }),
    }),
    refused: async (typed, problems, ctx) =>
      stoneForm(
        ctx,
        Object.fromEntries(Object.entries(typed).map(([k, v]) => [k, String(v)])),
        Object.fromEntries(problems.map((p) => [p.field, p.sentence])),
      ),
    run: async ({ body }, ctx) => {
      if (body.title === "too many") throw Problem.refused("There are enough stones here. Build another cairn.");
      const id = Bun.randomUUIDv7();
      const writing = await ctx.seal(stones.writing, body.writing, { row: id, subject: body.subject });
      await ctx.db.all(insertStone, {
        id,
        title: body.title,
        subjectId: body.subject,
        writing,
        walkerId: ctx.actor.id,
      });
      ctx.audit("sample.placed", { subjectId: body.subject, stone: body.title });
      if (body.title === "explode") throw new Error("a value of a patient: 42");
      return new Redirect(ctx.url(`/stones/${id}`), "Placed.");
    },
  }),
  post("/stones/:id/move", {
    needs: "sample.place",
    params: stoneId,
    body: t.Object({ title: t.String({ minLength: 2 }) }),
    run: async ({ params, body }, ctx) => {
      const [moved] = await ctx.db.all(placeStone, { id: params.id, title: body.title });
      if (!moved) throw Problem.notFound();
      return new Redirect(ctx.url(`/stones/${params.id}`));
    },
  }),
  get("/stones/:id/oaths", {
    needs: "sample.read",
    params: stoneId,
    run: async ({ params }, ctx) => oaths(await ctx.db.one(findStone, { id: params.id }), ctx),
  }),
  post("/stones/:id/swear", {
    needs: "sample.place",
    signs: "sample.sworn",
    params: stoneId,
    body: t.Object({ by: t.Optional(t.String({ title: "By what" })) }),
    refused: async (typed, problems, ctx, params) =>
      oaths(await ctx.db.one(findStone, { id: params.id }), ctx, refusedForm(typed, problems)),
    run: async ({ params }, ctx) => {
      const stone = await ctx.db.one(findStone, { id: params.id });
      await ctx.sign(signedStone(stone));
      ctx.audit("sample.sworn", { stone: stone.title });
      return new Redirect(ctx.url("/"));
    },
  }),
  post("/vow", {
    needs: "sample.place",
    signs: "sample.sworn",
    run: async (_input, ctx) => new Redirect(ctx.url("/")),
  }),
  post("/stones/:id/remove", {
    needs: "sample.place",
    params: stoneId,
    run: async ({ params }, ctx) => {
      const [gone] = await ctx.db.all(removeStone, { id: params.id });
      if (!gone) throw Problem.notFound();
      ctx.audit("sample.removed", { stone: gone.title });
      await ctx.later("sample.sweep", { stone: gone.title });
      return new Redirect(ctx.url("/"));
    },
  }),
  post("/stones/:id/link", {
    needs: "sample.place",
    params: stoneId,
    run: async ({ params }, ctx) => {
      const stone = await ctx.db.one(findStone, { id: params.id });
      return new Redirect(await ctx.portalLink(stone.subjectId, new Date(ctx.now.getTime() + 3_600_000)));
    },
  }),
  get("/count", {
    needs: "sample.read",
    run: async (_input, ctx) => {
      const mine = await ctx.db.all(listStones, {});
      const all = await ctx.errand(countStones, {});
      const again = await ctx.db.all(listStones, {});
      return <Page title={`${mine.length} of ${all}, still ${again.length}`} />;
    },
  }),
  get("/count-beside", {
    needs: "sample.read",
    run: async (_input, ctx) => {
      // Sent beside the errand, this statement would have its rights: refused.
      const [, mine] = await Promise.all([
        ctx.errand(countStones, {}),
        Promise.resolve()
          .then(() => Bun.sleep(0))
          .then(() => ctx.db.all(listStones, {})),
      ]);
      return <Page title={`${mine.length}`} />;
    },
  }),
  post("/open", {
    needs: "sample.place",
    run: async (_input, ctx) => {
      await ctx.card({ stones: (await ctx.db.all(listStones, {})).length, state: "standing" });
      const { path } = await ctx.openLink(new Date(ctx.now.getTime() + 3_600_000));
      return new Redirect(path);
    },
  }),
  get("/write-in-get", {
    needs: "sample.read",
    run: async (_input, ctx) => {
      await ctx.db.all(placeStone, { id: Bun.randomUUIDv7(), title: "never" });
      return <Page title="written" />;
    },
  }),
  get("/stones.csv", {
    needs: "sample.export",
    run: async (_input, ctx) => {
      const found = await ctx.db.all(listStones, {});
      return ctx.csv(
        "sample.stones",
        "stones",
        { columns: [{ title: "Title", kind: "text" }], rows: found.map((stone) => [stone.title]) },
        found.map((stone) => stone.id),
      );
    },
  }),
  get("/stones.xlsx", {
    needs: "sample.export",
    run: async (_input, ctx) => {
      const tally = new RowTally();
      async function* rows() {
        for await (const stone of ctx.db.stream(listStones, {})) {
          tally.add(stone.id);
          yield [stone.title];
        }
      }
      const sheet = { title: "Stones", columns: [{ title: "Title", kind: "text" as const }], rows: rows() };
      return ctx.xlsx("sample.book", "stones", sheet, tally);
    },
  }),
  get("/stones.pdf", {
    needs: "sample.export",
    run: async (_input, ctx) => {
      const found = await ctx.db.all(listStones, {});
      const rows = found.map((stone) => [stone.title, stone.id.slice(-6)]);
      const columns = [{ title: "Title" }, { title: "Number" }];
      const document = {
        title: "Stones",
        lang: "en",
        blocks: [{ kind: "table" as const, caption: "Stones", columns, rows }],
      };
      return ctx.pdf(
        "sample.sheet",
        "stones",
        document,
        found.map(({ id }) => id),
      );
    },
  }),
  get("/stones.zip", {
    needs: "sample.export",
    run: async (_input, ctx) => {
      const found = await ctx.db.all(listStones, {});
      const table = {
        columns: [{ title: "Title", kind: "text" as const }],
        rows: found.map((stone) => [stone.title]),
      };
      const parts = [
        { name: "stones.csv", content: { kind: "csv" as const, table } },
        { name: "stones.json", content: { kind: "json" as const, table } },
        { name: "odm/stones.xml", content: { kind: "xml" as const, text: "<stones/>" } },
        { name: "read-me.txt", content: { kind: "txt" as const, text: "All stones." } },
      ];
      return ctx.file(
        "sample.sack",
        "stones",
        { kind: "zip", parts },
        found.map(({ id }) => id),
      );
    },
  }),
  post("/upload", {
    needs: "sample.place",
    bodyLimit: 2_000,
    body: t.Object({ file: upload({ title: "A file" }) }),
    run: async ({ body }, ctx) => new Redirect(ctx.url("/"), `${body.file.filename}: ${body.file.bytes.byteLength}`),
  }),
  get("/standing/:id", {
    needs: "sample.read",
    params: stoneId,
    run: async ({ params }, ctx) => (
      <Page title={String(await ctx.ask("consent.standing", { subjectId: params.id }))} />
    ),
  }),
];

export const sample = defineModule({
  id: "sample",
  title: "Sample",
  summary: "Stones on a heap, so that the contract has a customer.",
  workspaces: ["program", "study", "service"],
  roles,
  permissions,
  apart: [
    {
      these: ["sample.open"],
      those: ["core.cards.read"],
      because: "Whoever reads under stones draws no maps of them.",
    },
  ],
  events,
  fieldClasses,
  exports,
  schema,
  tables: { stones },
  settings,
  routes,
  portals: [
    {
      title: "Own stones",
      permissions: ["sample.read"],
      routes: [
        get("/stones", {
          needs: "sample.read",
          run: async (_input, ctx) => (
            <PlainPage title="Yours" kind="participant">
              {(await ctx.db.all(listStones, {})).map((stone) => (
                <p>{stone.title}</p>
              ))}
            </PlainPage>
          ),
        }),
        post("/stones", { needs: "sample.place", run: async (_input, ctx) => new Redirect(ctx.url("/stones")) }),
      ],
    },
    {
      title: "For anybody",
      open: true,
      permissions: ["sample.place"],
      routes: [
        get("/", {
          needs: "sample.place",
          run: async (_input, ctx) => (
            <PlainPage title="For anybody" kind="participant">
              <p>{`sees ${(await ctx.db.all(listStones, {})).length}`}</p>
            </PlainPage>
          ),
        }),
      ],
    },
  ],
  navigation: [{ title: "Stones", path: "/", needs: "sample.read" }],
  dashboard: [
    {
      title: "Stones",
      needs: "sample.read",
      render: async (ctx) => <p>{`${(await ctx.db.all(listStones, {})).length} stones`}</p>,
    },
  ],
  jobs: {
    "sample.sweep": {
      title: "Sweep up",
      payload: jobs["sample.sweep"],
      every: "0 3 * * *",
      permissions: ["sample.read"],
      run: async () => {},
    },
  },
  errands: [countStones],
  agenda: async (ctx) =>
    (await ctx.db.all(listStones, {})).map((stone) => ({
      title: `Turn the stone ${stone.title}`,
      on: "2026-12-01",
      href: ctx.url(`/stones/${stone.id}`),
    })),
  card: {
    title: "Cairns",
    summary: "Every heap of the institution.",
    columns: [
      { key: "stones", title: "Stones", kind: "number" },
      { key: "state", title: "State", kind: "state", filter: true },
    ],
  },
  texts: { permissions: ["sample.read"], received: async () => {} },
  listens: { "subject.added": async () => {} },
  answers: { "consent.standing": async () => "given" },
  demo: async () => {},
});
