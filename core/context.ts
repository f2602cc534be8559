/** Builds the Context that a handler, a job or a listener is handed: everything it may touch, and nothing more. */
import { Value } from "@sinclair/typebox/value";
import { eq, sql } from "drizzle-orm";
import { fill, type Trail } from "./audit/trail.ts";
import type { RowPlace } from "./db/place.ts";
import { type Database, type Query, query } from "./db/query.ts";
import { type Content, type PrintPdf, streamContent, typeOf } from "./documents/content.ts";
import { sealOf } from "./documents/document-certificate.ts";
import { type Download, filenameOf, type RowIds, RowTally, rowSetDigest } from "./documents/download.ts";
import { type Asked, inTurn, requirePace, requirePass, requireSession } from "./documents/export-pass.ts";
import { writePdf } from "./documents/pdf.ts";
import { sealPdf } from "./documents/pdf-seal.ts";
import { RowMarks, rowMarkKey } from "./documents/row-marks.ts";
import { spool } from "./documents/spool.ts";
import type { Watermark } from "./documents/watermark.ts";
import type { KernelEvent } from "./events.ts";
import type { House } from "./house.ts";
import type { Incoming } from "./http/endpoint.ts";
import type { Arrival, Tenant } from "./identity/door.ts";
import { addressOf } from "./identity/link-letters.ts";
import { copyWaitsSeconds } from "./jobs/copy-wait.ts";
import { systemSituation } from "./jobs/system.ts";
import { settingsOf } from "./kernel.ts";
import { post } from "./mail/mail.ts";
import {
  type Actor,
  type Context,
  type Export,
  type GivenSignature,
  type Happenings,
  Locked,
  type Module,
  type OwnRecordLine,
  type Questions,
  type Reach,
  type SealedAt,
  type Signing,
  type Typed,
} from "./module.ts";
import { Problem } from "./problem.ts";
import { keyReach } from "./protection/reach.ts";
import { openProviderSecret, providerHere } from "./providers/here.ts";
import { digestOf } from "./signature/content.ts";
import { DECLARATION } from "./signature/declaration.ts";
import { bindSignature, type SignatureGiven } from "./signature/signature.ts";
import { textWay } from "./sms/standing.ts";
import type { Lease } from "./tenancy/lease.ts";
import { identities, persons, signatures, subjects } from "./tenancy/tables.ts";
import type { Standing } from "./tenancy/transaction.ts";
import { type Opened, Sealer } from "./vault/envelope.ts";
import { KeyUnavailable, Shredded, TooBusy, type VaultError } from "./vault/errors.ts";
import { keyRows } from "./vault/key-rows.ts";
import { randomToken, sha256 } from "./vault/primitives.ts";
import { placeOf, Sealed } from "./vault/sealed.ts";

/** All that is known about who asks and where, before the transaction begins. */
export interface Situation {
  readonly standing: Standing;
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string };
  readonly workspace: Context["workspace"] | null;
  readonly actor: Actor;
  /** What the request came from, in a few words; absent for a job. */
  readonly device?: string;
  /** The actor's address for the watermark; null for a job or a portal link. */
  readonly email: string | null;
  readonly may: Readonly<Record<string, readonly Reach[]>>;
  /** Saved settings of the modules that are on here. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly module: Module | null;
  /** "/w/heart/milestones", or "" for the kernel's own pages. */
  readonly base: string;
  /** "https://northfield.cairn.example.org": before a path, for what is read elsewhere; "" in a job. */
  readonly home: string;
  readonly now: Date;
  /** What was asked for, by GET; absent in a job. */
  readonly asked?: Asked;
}

/** What the kernel's own pages are handed besides: the house, and a workspace that may be none. */
export interface KernelContext extends Omit<Context, "workspace"> {
  readonly workspace: Context["workspace"] | null;
  readonly house: House;
  readonly situation: Situation;
  readonly lease: Lease;
  /** The same request as one module sees it, in the same transaction and on the same record. */
  within(module: Module): Context;
  /** For what the kernel changes through a function, which no statement tells. */
  readonly trail: Trail;
}

/** How a request of the kernel's own routes came in. */
export interface Visit {
  readonly requestId: string;
  readonly tenant: Tenant;
  readonly arrival: Arrival | null;
  /** The session's token, while it lives. */
  readonly token: string | null;
  /** A hash of the browser's self-description. */
  readonly agent: string | null;
  /** The form as text, untrimmed: a password is what was typed. */
  readonly typed: Typed;
}

/** What a handler of the kernel's own routes is handed. */
export interface OwnContext extends KernelContext {
  readonly incoming: Incoming;
  readonly visit: Visit;
}

/** What there is before the transaction begins (`OwnRoute.before`). */
export interface Knock {
  readonly house: House;
  readonly incoming: Incoming;
  readonly visit: Visit;
  /** Writes the record's row for this request, which then has no transaction of its own. */
  record(said: DoorSaying): Promise<void>;
}
/** What a signing request was given before its transaction; whatever is not bound to a record is bound to the form. */
export interface SignatureInHand {
  readonly given: SignatureGiven;
  isBound: boolean;
}
export interface DoorSaying {
  readonly event: KernelEvent;
  /** For the event's sentence; `actor` is the person. */
  readonly names?: Readonly<Record<string, string | number>>;
  /** Who it is about; null for nobody known. */
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly outcome?: "done" | "refused";
  readonly status?: number;
}

export function contextFor(
  house: House,
  situation: Situation,
  lease: Lease,
  trail: Trail,
  signature: SignatureInHand | null = null,
): KernelContext {
  const { tenant, workspace, actor, may, module, now } = situation;
  const { kernel } = house;
  const { tenantId, workspaceId, actorId } = situation.standing;
  const db = databaseOver(lease, trail, { tenant: tenantId, workspace: workspaceId, actor: actorId }, () =>
    requireHand(lease, situation),
  );
  const sealer = new Sealer(house.vault, keyRows(lease), { tenant: tenant.id, workspace: workspace?.id ?? null });
  const holds = (permission: string) => Object.hasOwn(may, permission);

  const requireClass = (fieldClass: string) => {
    const declared = kernel.fieldClasses.get(fieldClass);
    if (!declared) throw new Error(`no field class is called ${fieldClass}`);
    return declared;
  };
  /** A key lies under the subject, the workspace or the institution, as the field class says. */
  const located = (fieldClass: string, at: SealedAt) => {
    const { key } = requireClass(fieldClass);
    if (key === "subject" && at.subject === undefined)
      throw new Error(`${fieldClass} lies under the subject's key: say whose`);
    if (key === "apart") return { row: at.row, purpose: "apart" as const };
    return key === "subject" ? { row: at.row, subject: at.subject as string } : { row: at.row };
  };

  const openMany = async <T>(
    items: readonly { readonly value: Sealed<T>; readonly at: SealedAt }[],
    why: string,
  ): Promise<(T | Locked)[]> => {
    if (items.length === 0) return [];
    for (const { value } of items) {
      const { fieldClass } = Sealed.placeOf(value);
      if (!holds(requireClass(fieldClass).opensWith)) throw new Problem("forbidden");
    }
    // Whether this person is named for it comes before any key is touched.
    const withheld = await withheldFrom(
      items.map(({ value, at }) => ({ ...Sealed.placeOf(value), subject: at.subject ?? null })),
    );
    const shown = items.filter((_, i) => !withheld[i]);
    const opened = await sealer.openFields(
      shown.map(({ value, at }) => ({ sealed: value, at: located(Sealed.placeOf(value).fieldClass, at) })),
    );
    shown.forEach(({ value, at }, i) => {
      const { table, column } = Sealed.placeOf(value);
      if (opened[i]?.ok) trail.opened(table, column, at.row, at.subject);
    });
    if (shown.length > 0) trail.openedFor(why);
    const answers = opened.map((one) => valueOrLocked(house, one))[Symbol.iterator]();
    return withheld.map((locked) => locked ?? (answers.next().value as T | Locked));
  };

  /** For each field a Locked when its class has extra protection and the asker is not named for it; said once in the record. */
  const withheldFrom = async (
    fields: readonly { fieldClass: string; subject: string | null }[],
  ): Promise<(Locked | null)[]> => {
    const reach = await keyReach(lease, workspaceId, "open");
    const locks = new Map<string, (subject: string | null) => Locked | null>();
    for (const fieldClass of new Set(fields.map((one) => one.fieldClass))) {
      const { title } = requireClass(fieldClass);
      const isAllowed = await reach.allowed(
        fieldClass,
        fields.flatMap((one) => (one.fieldClass === fieldClass ? [one.subject] : [])),
      );
      const locked = new Locked(`${title}: only people who are named under Protected fields can open this.`, true);
      locks.set(fieldClass, (subject) => (isAllowed(subject) ? null : locked));
      if (
        fields.some((one) => one.fieldClass === fieldClass && !isAllowed(one.subject)) &&
        trail.saysOnce(`withheld ${fieldClass}`)
      )
        self.audit("core.withheld", { title });
    }
    return fields.map(({ fieldClass, subject }) => locks.get(fieldClass)?.(subject) ?? null);
  };

  const self: KernelContext = {
    tenant,
    workspace,
    actor,
    now,
    db,
    house,
    situation,
    lease,
    within: (other) => narrowed(contextFor(house, asModule(situation, other), lease, trail, signature)),
    trail,
    settings: module ? settingsOf(module, situation.modules[module.id] ?? {}) : {},
    may: holds,
    mayEverywhere: (permission) => (may[permission] ?? []).some((reach) => reach === "workspace"),
    url: (path) => (path === "/" && situation.base ? situation.base : situation.base + path),

    seal: async (column, value, at) => {
      const place = placeOf(column);
      const { title } = requireClass(place.fieldClass);
      const subject = at.subject ?? null;
      const reach = await keyReach(lease, workspaceId, "seal");
      if (!(await reach.allowed(place.fieldClass, [subject]))(subject))
        throw new Problem("forbidden", `${title}: only people who are named under Protected fields can write this.`);
      return sealer.sealField(place, value, located(place.fieldClass, at));
    },
    open: async <T>(value: Sealed<T>, at: SealedAt, why: string): Promise<T> => {
      const [opened] = await openMany([{ value, at }], why);
      if (opened instanceof Locked)
        throw new Problem(opened.isWithheld ? "forbidden" : opened.isGone ? "gone" : "locked", opened.sentence);
      return opened as T;
    },
    openMany,

    names: async (subjectIds) => {
      const names = new Map<string, string>();
      const ids = [...new Set(subjectIds)];
      if (ids.length === 0) return names;
      if (!holds("core.identities.open")) {
        for (const { id, code } of await db.all(codes, { ids })) names.set(id, code);
        return names;
      }
      const rows = await db.all(codesAndNames, { ids });
      const sealed = rows.flatMap((row) =>
        row.name ? [{ value: row.name, at: { row: row.id, subject: row.id } }] : [],
      );
      const opened = await openMany(sealed, "to show names");
      const byId = new Map(sealed.map(({ at }, i) => [at.row, opened[i]]));
      for (const { id, code } of rows) {
        const name = byId.get(id);
        names.set(id, typeof name === "string" ? name : code);
      }
      return names;
    },
    people: async (personIds) => {
      const ids = [...new Set(personIds)].filter((id): id is string => id !== null);
      if (ids.length === 0) return new Map();
      const rows = await db.all(peopleByIds, { ids });
      return new Map(rows.map(({ id, name }) => [id, name]));
    },

    signing: async (event) => {
      const meaning = kernel.events.get(event)?.signature?.meaning;
      if (!meaning) throw new Error(`${event} has no meaning to sign`);
      const [row] = await lease.rows(
        `select kind, has_signed, has_passkey, exists (select from core.signing_declarations where person_id = (select core.actor()) and wording >= $1::int)
         from core.my_signing()`,
        [DECLARATION.wording],
      );
      return {
        meaning,
        name: actor.name,
        asksName: row?.[1] !== true,
        credential: (row?.[0] ?? null) as Signing["credential"],
        hasPasskey: row?.[2] === true,
        declares: row?.[3] === true ? null : DECLARATION.text,
      };
    },
    sign: async (of) => {
      if (!signature) throw new Error("only a route that signs has a signature to bind");
      signature.isBound = true;
      return bindSignature(house, tenant.id, lease, trail, signature.given, of);
    },
    signatures: async (of) => {
      const byRow = new Map<string, GivenSignature[]>();
      if (of.length === 0) return byRow;
      const rows = await db.all(signaturesOn, {
        records: of.map(({ record }) => record),
        rows: of.map(({ row }) => row),
      });
      const digests = new Map(
        of.map((one) => [
          `${one.record} ${one.row}`,
          Buffer.from(digestOf(house.config.secretKey, tenant.id, one.record, one.row, one.content)),
        ]),
      );
      for (const { record, row, digest, ...shown } of rows) {
        if (record === null || row === null) continue;
        const standing = digests.get(`${record} ${row}`)?.equals(digest) === true;
        byRow.set(row, [...(byRow.get(row) ?? []), { ...shown, standing }]);
      }
      return byRow;
    },

    audit: (event, about) => {
      const declared = kernel.events.get(event);
      if (!declared) throw new Error(`no event is called ${event}`);
      const { subjectId, ...rest } = about;
      const detail = Object.fromEntries(
        Object.entries(rest).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
      );
      trail.say({ event, sentence: fill(declared.says, { actor: actor.name, ...detail }), detail }, subjectId);
    },
    happen: async <K extends keyof Happenings>(news: K, detail: Happenings[K]) => {
      for (const listener of kernel.modules) {
        const hear = listener.listens?.[news];
        if (!hear || !Object.hasOwn(situation.modules, listener.id)) continue;
        await hear(detail, self.within(listener));
      }
    },
    ask: async <K extends keyof Questions>(
      question: K,
      of: Questions[K]["ask"],
    ): Promise<Questions[K]["reply"] | null> => {
      for (const answerer of kernel.modules) {
        const answer = answerer.answers?.[question];
        if (!answer || !Object.hasOwn(situation.modules, answerer.id)) continue;
        return answer(of, self.within(answerer));
      }
      return null;
    },
    errand: async (errand, payload) => {
      if (!module?.errands?.some((one) => (one as { name: string }).name === errand.name))
        throw new Error(`the errand ${errand.name} is not in the manifest`);
      requireHand(lease, situation);
      const place = { tenant, workspace, modules: situation.modules };
      const other: Situation = {
        ...systemSituation(errand.name, place, module, errand.permissions),
        home: situation.home,
        now,
      };
      const begin = (one: Situation) =>
        lease.rows("select set_config('cairn.context', $1, true)", [house.transactions.contextOf(one.standing)]);
      // Whose hand it is changes before the rights do, and back after them: nothing slips in between.
      hands.set(lease, other);
      try {
        await begin(other);
        return await errand.run(payload, narrowed(contextFor(house, other, lease, trail)));
      } finally {
        await begin(situation).catch(() => {}); // a failed transaction takes no more statements, and ends anyway
        hands.set(lease, situation);
      }
    },
    card: async (facts) => {
      if (!module?.card || !workspace) throw new Error("the module declares no card");
      await lease.rows("select core.keep_card($1, $2::jsonb)", [module.id, JSON.stringify(facts)]);
      trail.changes("core.cards", workspace.id);
    },
    openLink: async (until) => {
      if (!module?.portals?.some((portal) => portal.open)) throw new Error("the module has no open portal");
      const token = randomToken(32);
      const id = Bun.randomUUIDv7();
      await lease.rows(
        "insert into core.open_links (id, token_hash, module, until_at) values ($1::uuid, $2::bytea, $3, $4::timestamptz)",
        [id, sha256(token), module.id, until.toISOString()],
      );
      trail.changes("core.open_links", id);
      return { id, path: `/p/${token}/${module.id}` };
    },
    endOpenLink: async (id) => {
      await lease.rows(
        "update core.open_links set revoked_at = clock_timestamp() where id = $1::uuid and revoked_at is null",
        [id],
      );
      trail.changes("core.open_links", id);
    },
    address: (path) => (situation.home || addressOf(house.config.baseUrl, tenant, "")) + path,
    portalLink: async (subjectId, until, id = Bun.randomUUIDv7()) => {
      if (!module) throw new Error("only a module has a portal");
      const token = randomToken(32);
      await lease.rows(
        `insert into core.portal_links (id, token_hash, subject_id, module, until_at) values ($1::uuid, $2::bytea, $3::uuid, $4, $5::timestamptz)`,
        [id, sha256(token), subjectId, module.id, until.toISOString()],
      );
      trail.changes("core.portal_links", id);
      return `/p/${token}/${module.id}`;
    },
    provider: async (service) => providerHere(lease, service, now, house.config.environment),
    providerSecret: async (id) => {
      if (!holds("core.providers.use")) throw new Problem("forbidden");
      return openProviderSecret(house, tenant.id, lease, trail, id);
    },
    later: async (job, payload, at) => {
      const declared = kernel.jobs.get(job)?.job;
      if (!declared) throw new Error(`no job is called ${job}`);
      if (!Value.Check(declared.payload, payload)) throw new Error(`the payload of ${job} does not fit its schema`);
      await house.jobs(lease, job, payload as object, at ?? null, declared.asks !== undefined);
    },
    soon: async (job, payload, isUrgent = false) => {
      const declared = kernel.jobs.get(job)?.job;
      if (!declared) throw new Error(`no job is called ${job}`);
      if (!Value.Check(declared.payload, payload)) throw new Error(`the payload of ${job} does not fit its schema`);
      const id = Bun.randomUUIDv7();
      await lease.rows(
        "select core.enqueue_run($1::uuid, $2, $3::jsonb, clock_timestamp() + make_interval(secs => $4::int))",
        [id, job, JSON.stringify(payload), copyWaitsSeconds],
      );
      trail.soon.push({ id, job, payload: payload as object, isUrgent });
    },
    textWay: async () => textWay(house, self),
    ownRecord: async (most) =>
      (
        await lease.rows(
          "select id::text, at, actor_kind, actor_name, sentence, read, changed from core.my_record($1::int)",
          [most],
        )
      ).map(([id, at, kind, name, sentence, read, changed]) => ({
        id: String(id),
        at: at instanceof Date ? at : new Date(String(at)),
        kind: kind as Actor["kind"],
        name: String(name),
        sentence: sentence === null ? null : String(sentence),
        read: columnsOf(read),
        changed: columnsOf(changed),
      })),
    isDevelopment: house.config.environment === "development",
    device: situation.device ?? null,
    mail: async (message) => post(house, tenant.id, lease, trail, message),

    pdf: (name, filename, document, rowIds) => release(name, filename, { kind: "pdf", document }, rowIds),
    csv: (name, filename, table, rowIds) => release(name, filename, { kind: "csv", table }, rowIds),
    xlsx: (name, filename, sheets, rowIds) =>
      release(name, filename, { kind: "xlsx", sheets: "columns" in sheets ? [sheets] : sheets }, rowIds),
    file: (name, filename, content, rowIds) => release(name, filename, content, rowIds),
  };

  /** The ledger's row is written, and committed, before anyone has a file to send. */
  const release = async (name: string, filename: string, content: Content, rowIds: RowIds): Promise<Download> => {
    const declared = (module?.exports as Readonly<Record<string, Export>> | undefined)?.[name] ?? kernelExports[name];
    if (!declared) throw new Error(`no export is called ${name}`);
    if (!holds(declared.needs)) throw new Problem("forbidden");
    const { asked } = situation;
    if (declared.asks && (actor.kind !== "person" || !asked)) throw new Problem("forbidden");
    const ask = workspace ? `/w/${workspace.slug}/downloads/ask` : "/admin/downloads/ask";
    const reason = declared.asks && asked ? await requirePass(lease, trail, asked, name, ask) : null;
    await requirePace(house, tenant.id, actor);
    const watermark = watermarkFor(situation, now);
    const { exportId } = watermark;
    const type = typeOf(content);
    const marks = new RowMarks(rowMarkKey(house.config.secretKey, tenant.id));
    const print: PrintPdf = async (document, mark) =>
      sealPdf(await writePdf(document, mark), await sealOf(house.config.secretKey, tenant, lease, trail, now), mark);
    const pieces = streamContent(content, watermark, print, marks.see);
    const { body, sha256: digest, bytes, discard } = await inTurn(house, () => spool(pieces, house.config.data));
    const file: Download = { filename: filenameOf(filename, type), type, body, bytes, exportId, discard };
    const rows = marks.rows || (rowIds instanceof RowTally ? rowIds.count : rowIds.length);
    trail.holds(discard);
    await requireSession(lease);
    trail.changes("core.exports", exportId);
    trail.alongside((closing) =>
      closing.rows(
        `insert into core.exports (id, name, filename, format, sha256, bytes, rows, row_digest, row_marks, reason)
       values ($1::uuid, $2, $3, $4, $5::bytea, $6::bigint, $7::bigint, $8::bytea, $9::bytea, $10)`,
        [exportId, name, file.filename, type, digest, bytes, rows, rowSetDigest(rowIds), marks.filter(), reason],
      ),
    );
    self.audit("core.exported", { title: declared.title, filename: file.filename, export: exportId });
    return file;
  };
  return self;
}

/** Exports of the kernel's own pages. */
const kernelExports: Readonly<Record<string, Export>> = {
  "core.record": { title: "The record", format: "csv", needs: "core.audit.read", asks: true },
  "core.accesses": { title: "Who saw what", format: "csv", needs: "core.alarms.read" },
  "core.declarations": { title: "Declarations of signers", format: "csv", needs: "core.audit.read" },
};

/** Of whichever module, or the kernel's own. */
export const exportNamed = ({ modules }: House["kernel"], name: string): Export | undefined =>
  kernelExports[name] ??
  modules.flatMap(({ exports = {} }) => Object.entries(exports)).find(([one]) => one === name)?.[1];

const columnsOf = (value: unknown): OwnRecordLine["read"] =>
  (typeof value === "string" ? JSON.parse(value) : value) as OwnRecordLine["read"];

/** For a module's own code: it never sees the house, and there always is a workspace. */
export function narrowed(context: KernelContext): Context {
  if (!context.workspace) throw new Error("a module's code runs inside a workspace");
  return context as unknown as Context;
}

function asModule(situation: Situation, module: Module): Situation {
  return { ...situation, module, base: situation.workspace ? `/w/${situation.workspace.slug}/${module.id}` : "" };
}

function watermarkFor(situation: Situation, at: Date): Watermark {
  return {
    name: situation.actor.name,
    email: situation.email ?? situation.actor.kind,
    workspace: situation.workspace?.title ?? situation.tenant.name,
    institution: situation.tenant.name,
    at,
    exportId: Bun.randomUUIDv7(),
  };
}

function valueOrLocked<T>(house: House, opened: Opened<T>): T | Locked {
  if (opened.ok) return opened.value;
  if (opened.why instanceof KeyUnavailable) house.log("warn", opened.why.code, { reason: opened.why.reason });
  return new Locked(opened.why.message, false, opened.why instanceof Shredded);
}

/** What the vault refused, in the words of the request. */
export function asProblem(error: VaultError): Problem {
  if (error instanceof Shredded) return new Problem("gone", error.message);
  if (error instanceof TooBusy) return new Problem("busy", error.message);
  return new Problem(error.status === 503 ? "locked" : error.status === 422 ? "refused" : "conflict", error.message);
}

/** Whose rights a transaction's context has while an errand is under way. */
const hands = new WeakMap<Lease, Situation>();

/** While an errand runs, nothing of the request that sent it may run beside it, for it would have the errand's rights. */
function requireHand(lease: Lease, situation: Situation): void {
  const hand = hands.get(lease);
  if (hand && hand.standing.actorId === situation.standing.actorId && hand.actor.name === situation.actor.name) return;
  if (hand) throw new Error("an errand is under way: wait for it before the next statement");
}
const STREAM_ROWS = 1_000;

/** Statements run here and nowhere else, so that the trail hears every one of them. */
function databaseOver(lease: Lease, trail: Trail, place: RowPlace, check: () => void): Database {
  const all = async <Row, P>(compiled: Query<Row, P>, values: P): Promise<Row[]> => {
    check();
    const rows = await lease.rows(compiled.text, compiled.bind(values, place));
    trail.heard(compiled, rows);
    return rows.map((row) => compiled.map(row));
  };
  let streams = 0;
  return {
    all,
    async *stream(compiled, values) {
      check();
      streams += 1;
      const cursor = `stream_${streams}`;
      await lease.rows(`declare ${cursor} no scroll cursor for ${compiled.text}`, compiled.bind(values, place));
      try {
        for (;;) {
          check();
          const rows = await lease.rows(`fetch ${STREAM_ROWS} from ${cursor}`);
          trail.heardPart(compiled, rows);
          for (const row of rows) yield compiled.map(row);
          if (rows.length < STREAM_ROWS) return;
        }
      } finally {
        await lease.rows(`close ${cursor}`);
      }
    },
    first: async (compiled, values) => (await all(compiled, values))[0] ?? null,
    one: async (compiled, values) => {
      const [row] = await all(compiled, values);
      if (row === undefined) throw Problem.notFound();
      return row;
    },
  };
}

const signaturesOn = query<{ records: string[]; rows: string[] }>()((db, $) =>
  db
    .select({
      id: signatures.id,
      record: signatures.record,
      row: signatures.rowId,
      event: signatures.event,
      personId: signatures.personId,
      name: signatures.printedName,
      meaning: signatures.meaning,
      at: signatures.madeAt,
      method: signatures.method,
      digest: signatures.contentSha256,
    })
    .from(signatures)
    .where(
      sql`(${signatures.record}, ${signatures.rowId}) in (select * from unnest(${$.records}::text[], ${$.rows}::text[]))`,
    )
    .orderBy(signatures.madeAt, signatures.id),
);
const codes = query<{ ids: string[] }>()((db, $) =>
  db.select({ id: subjects.id, code: subjects.code }).from(subjects).where(sql`${subjects.id} = any(${$.ids}::uuid[])`),
);
const codesAndNames = query<{ ids: string[] }>()((db, $) =>
  db
    .select({ id: subjects.id, code: subjects.code, identity: identities.subjectId, name: identities.name })
    .from(subjects)
    .leftJoin(identities, eq(identities.subjectId, subjects.id))
    .where(sql`${subjects.id} = any(${$.ids}::uuid[])`),
);
const peopleByIds = query<{ ids: string[] }>()((db, $) =>
  db.select({ id: persons.id, name: persons.name }).from(persons).where(sql`${persons.id} = any(${$.ids}::uuid[])`),
);
