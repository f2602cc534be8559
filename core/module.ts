/**
 * THE CONTRACT between the kernel and a module. If you read one file, read this one.
 *
 * A module says what it is; the kernel makes it so. A module never reaches for a database, a key, a clock or a mail
 * server: everything it may touch arrives in `Context`. Read it beside `modules/milestones/module.ts`.
 */
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import type { Html } from "@views/html.ts";
import type { PgSchema, PgTable } from "drizzle-orm/pg-core";
import type { ModelAnswer, ModelRequest } from "./ai/request.ts";
import type { Database } from "./db/query.ts";
import type { Content } from "./documents/content.ts";
import type { Download, RowIds } from "./documents/download.ts";
import type { PdfDocument } from "./documents/pdf-document.ts";
import type { Playable } from "./documents/playable.ts";
import type { Table } from "./documents/table.ts";
import type { Sheet } from "./documents/xlsx.ts";
import type { FieldProblem } from "./problem.ts";
import type { ProviderSecret, ProviderService, ProviderStanding } from "./providers/entry.ts";
import type { TextNews } from "./sms/knock.ts";
import type { LostText, OutgoingText, SendResult } from "./sms/text-message.ts";
import type { TextWay } from "./sms/way.ts";
import type { Sealed, SealedField } from "./vault/sealed.ts";

/** Everything a module declares lives under its own id: `milestones.evaluation_submitted`. */
export type Named<Id extends string> = `${Id}.${string}`;

// ── The manifest ────────────────────────────────────────────────────────────────────────────────────────────────────

/** A residency program, a clinical study, a coaching service: the unit of isolation inside an institution. */
export type WorkspaceKind = "program" | "study" | "service";

/**
 * How far a permission reaches: the whole workspace; the grant's sites; subjects assigned to the person (of one kind,
 * or any); rows addressed to or made by the person; the subject himself. The database enforces it (core.protect).
 */
export type Reach = "workspace" | "site" | "assigned" | `assigned:${string}` | "mine" | "own";

export interface Module<
  Id extends string = string,
  R extends string = string, // roles
  P extends Named<Id> = Named<Id>, // permissions
  E extends Named<Id> = Named<Id>, // audit events
  F extends Named<Id> = Named<Id>, // field classes
  J extends Named<Id> = Named<Id>, // jobs
  X extends Named<Id> = Named<Id>, // exports
> {
  readonly id: Id;
  readonly title: string;
  /** One sentence, shown to the administrator who decides to switch it on. */
  readonly summary: string;
  /** The kinds of workspace it can be switched on for. */
  readonly workspaces: readonly WorkspaceKind[];

  /** Roles it brings. Two modules may bring the same role if they call it by the same title. */
  readonly roles: Readonly<Record<R, Role>>;
  readonly permissions: Readonly<Record<P, Permission<NoInfer<R>>>>;
  /** What must not come together: in no role that an institution composes, and with nobody in one workspace by several. */
  readonly apart?: readonly Apart<NoInfer<P>>[];
  readonly events: Readonly<Record<E, AuditEvent>>;
  readonly fieldClasses?: Readonly<Record<F, FieldClass<NoInfer<P>>>>;
  readonly exports?: Readonly<Record<X, Export<NoInfer<P>>>>;

  /** One Postgres schema named after the module; its SQL is migrations/<id>. */
  readonly schema?: PgSchema<Id>;
  readonly tables?: Readonly<Record<string, PgTable>>;

  /** A JSON Schema: becomes the administrator's form, and `ctx.settings`. Every field has a title and a default. */
  readonly settings?: TObject;
  readonly routes: readonly Route[];
  /** What programs may ask under /api/<workspace>/<id>/… with a key: JSON, described at /api/openapi.json. */
  readonly programs?: readonly ProgramRoute[];
  /** Pages under /p/<token>/<id>/… for a subject without an account; reach `own`, and only these permissions. */
  readonly portals?: readonly Portal<NoInfer<P>>[];
  readonly navigation?: readonly NavigationItem<NoInfer<P>>[];
  /** What waits for me: shown on the workspace's first page, in order. */
  readonly dashboard?: readonly Panel<NoInfer<P>>[];

  readonly jobs?: Readonly<Record<J, Job<NoInfer<P>>>>;
  /** What the house does inside a person's request with rights of its own, and tells only the result (ADR 0014). */
  readonly errands?: readonly Errand<never, unknown>[];
  /** What is due for the person who asks, in this workspace: listed with all his other places under "My day". */
  readonly agenda?: (ctx: Context) => Promise<readonly Due[]>;
  /** Facts of a workspace for the institution's list of them; the module keeps them with `ctx.card`. */
  readonly card?: Card;
  /** Text messages that come for a workspace: the kernel's webhooks take them, judge their signatures and hand them over. */
  readonly texts?: TextDoor<NoInfer<P>>;
  /** What this module does when something happens elsewhere, in the same transaction. */
  readonly listens?: { readonly [K in keyof Happenings]?: (news: Happenings[K], ctx: Context) => Promise<void> };
  /** Questions this module answers for the others. One answerer a question. */
  readonly answers?: {
    readonly [K in keyof Questions]?: (ask: Questions[K]["ask"], ctx: Context) => Promise<Questions[K]["reply"]>;
  };

  /** Fills workspaces of an empty demonstration institution with a believable story, through the same doors as a person. */
  readonly demo?: (stage: DemoStage) => Promise<void>;
  /** Brings somebody's own files into a demonstration that is there, through the same doors. Answers with a sentence. */
  readonly demoImport?: (stage: DemoStage, files: readonly Upload[]) => Promise<string>;
}

export interface Role {
  readonly title: string;
  readonly summary?: string;
  /** Minutes without activity after which a session ends, when this role has its own limit. Else the workspace's kind decides. */
  readonly idleMinutes?: number;
  /** What the kernel itself lets this role do: see colleagues' names, read the record, open identities … */
  readonly kernel?: Readonly<Partial<Record<KernelPermission, Reach>>>;
}

export interface Permission<R extends string = string> {
  readonly title: string;
  /** Who has it by default, and how far it reaches for them. */
  readonly roles: Readonly<Partial<Record<R, Reach | readonly Reach[]>>>;
  /** Why an institution puts it into no role of its own; the roles above have it and nobody else. */
  readonly reserved?: string;
}

/** Separation of duty: whoever may do one of these may do none of those. The module's own roles keep to it too. */
export interface Apart<P extends string = string> {
  readonly these: readonly (P | KernelPermission)[];
  readonly those: readonly (P | KernelPermission)[];
  /** A sentence: "Whoever knows the allocation does not clean the data." */
  readonly because: string;
}

/** `says` is the sentence an inspector reads; `{actor}` and the names in `detail` are filled in: "{actor} locked {form}". */
export interface AuditEvent {
  readonly title: string;
  readonly says: string;
  /** Set when the act is an electronic signature: what signing means (21 CFR 11.50(a)(3)). */
  readonly signature?: { readonly meaning: string };
  /** How personal data is removed from the detail of this event when a subject is shredded. "none" when it holds none. */
  readonly personal: "none" | "subject-code" | "person-name";
}

/** Whose key it lies under, and who may open it. */
export interface FieldClass<P extends string = string> {
  readonly title: string;
  /** "apart": under a second key of the workspace, for what the key of its data must never open (a randomisation list). */
  readonly key: "tenant" | "workspace" | "subject" | "apart";
  readonly opensWith: P | KernelPermission;
}

export interface Export<P extends string = string> {
  readonly title: string;
  /** "file": as it was uploaded. */
  readonly format: "pdf" | "csv" | "xlsx" | "json" | "xml" | "txt" | "zip" | "file";
  readonly needs: P;
  /** It holds a whole group: its taker says why and signs first, and then may fetch it once within 24 hours. */
  readonly asks?: boolean;
}

export interface NavigationItem<P extends string = string> {
  readonly title: string;
  /** Below the module: "/" or "/evaluations". */
  readonly path: string;
  readonly needs: P;
  /** The heading it stands under; the module's own title unless said. Items of one group stand together. */
  readonly group?: string;
}

export interface Panel<P extends string = string> {
  readonly title: string;
  readonly needs: P;
  /** Null when there is nothing to show to this person. */
  readonly render: (ctx: Context) => Promise<Html | null>;
}

export interface Portal<P extends string = string> {
  readonly title: string;
  /** For anybody who holds the link, such as a public form: nobody's reach, only these permissions, no subject. */
  readonly open?: boolean;
  readonly permissions: readonly (P | KernelPermission)[];
  readonly routes: readonly Route[];
}

/**
 * A piece of a request that runs with the house's rights instead of the person's: `system:<name>`, with the permissions
 * named here and nothing more, in the same transaction and on the same record. The person learns what `run` answers, so
 * that is where secrets stay behind: a hand into the drawer, without the drawer.
 */
export interface Errand<Payload, Answer> {
  /** "studies.allocate" */
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
  readonly run: (payload: Payload, ctx: Context) => Promise<Answer>;
}

/** Something that waits for a person. Never a name, a code of a subject, or a value: it is shown across workspaces and in calendars. */
export interface Due {
  readonly title: string;
  /** "2026-12-01"; null when it waits without a day. */
  readonly on: string | null;
  /** Below the institution: `ctx.url(…)`. */
  readonly href: string;
  /** What a calendar shows instead of a title that is somebody's own words, and so may name anybody. */
  readonly outside?: string;
}

/** Columns of the institution's list. A card never says anything about a subject. */
export interface Card {
  /** "Studies" */
  readonly title: string;
  readonly summary: string;
  readonly columns: readonly CardColumn[];
}
export interface CardColumn {
  readonly key: string;
  readonly title: string;
  readonly kind: "text" | "number" | "date" | "state";
  /** Offered as a filter. */
  readonly filter?: boolean;
}

/**
 * Work after commit, in one transaction of its own. Begun at least once: what it does in the database happens once, what
 * it does outside may happen twice after a crash and must be harmless then. When it throws, nothing of it is kept and it
 * is tried again, later and later, five times.
 */
export interface Job<P extends string = string> {
  readonly title: string;
  readonly payload: TObject;
  /** Cron, in UTC: once for each workspace where the module is on. */
  readonly every?: string;
  /** All that `system:<job>` may do. */
  readonly permissions: readonly (P | KernelPermission)[];
  /**
   * What leaves the house as text messages, said in a first transaction of its own. The kernel sends it outside of any
   * transaction, and `run` keeps in a second one what became of each. A crash between the two is the module's to mend:
   * what it said is on its way or lost, and a report that names the text tells which.
   */
  readonly texts?: (payload: never, ctx: Context) => Promise<readonly TextOrder[]>;
  /**
   * What a model is to be asked, in a transaction of its own, which is over before anything leaves; null: nothing this
   * time. It may be called again for the same run after a crash, so it writes nothing that must happen once.
   */
  readonly asks?: (payload: never, ctx: Context) => Promise<ModelRequest | null>;
  /**
   * `results`: with `texts`, what became of each. `answer`: with `asks`, what came back or the reason why nothing did; a
   * model is never needed for `run` to do its work.
   */
  readonly run: (payload: never, ctx: Context, results: readonly SentText[], answer: ModelAnswer) => Promise<void>;
}

/** One text and the way it goes: `await ctx.textWay()`. */
export interface TextOrder {
  readonly way: TextWay;
  readonly text: OutgoingText;
  /** Not handed over after this: whoever ordered it will take it for lost soon. */
  readonly notAfter?: Date;
  /** Also to a number that said STOP: the one confirmation of it, help that was asked for, and what a life may hang on. */
  readonly despiteStop?: boolean;
  /** Nothing is sent: the provider is asked whether it has this text already. */
  readonly lost?: LostText;
}

/** What became of one. */
export interface SentText {
  readonly outboxId: string;
  readonly act: "send" | "find";
  readonly way: TextWay["kind"];
  readonly result: SendResult;
}

/**
 * /hooks/<workspace>/<module>/aws and …/twilio. What stands there is genuine; the same may come twice, in any order. A STOP
 * is kept by the kernel before the module sees it: from then on nothing goes out to that number by ours, from any place.
 */
export interface TextDoor<P extends string = string> {
  /** All that `system:<module>.texts` may do. */
  readonly permissions: readonly (P | KernelPermission)[];
  readonly received: (news: TextNews, ctx: Context) => Promise<void>;
  /** Said to another place that sends by the same number. The kernel obeys it already; the module takes note. */
  readonly heard?: (said: HeardWish, ctx: Context) => Promise<boolean>;
}

/** STOP or START of somebody who wrote to a number that several places share. */
export interface HeardWish {
  readonly from: string;
  readonly wish: "stop" | "start";
  /** Nobody has confirmed it yet: who knows this person does, with one text, and answers true. */
  readonly confirms: boolean;
}

/** One request that touched what is the subject's own. */
export interface OwnRecordLine {
  readonly id: string;
  readonly at: Date;
  readonly kind: Actor["kind"];
  readonly name: string;
  /** Null when the request was about others too. */
  readonly sentence: string | null;
  /** Table → columns. */
  readonly read: Readonly<Record<string, readonly string[]>>;
  readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** A job that was asked for and begins as soon as the transaction has committed. */
export interface Asked {
  readonly id: string;
  readonly job: string;
  readonly payload: object;
  readonly isUrgent?: boolean;
}

/** What the kernel itself guards. Module roles ask for these in `Role.kernel`. */
export const kernelPermissions = {
  "core.tenant.read": "See the institution's settings",
  "core.tenant.manage": "Change the institution's settings and policies",
  "core.workspaces.read": "See all programs, studies and services",
  "core.workspaces.manage": "Add and archive programs, studies, services and their sites",
  "core.modules.switch": "Switch modules on and off",
  "core.settings.manage": "Change a module's settings",
  "core.sites.read": "See sites",
  "core.people.read": "See everyone with an account",
  "core.people.invite": "Add an account",
  "core.people.manage": "Change and suspend accounts, end their sessions",
  "core.grants.read": "See who may do what",
  "core.grants.manage": "Give and revoke access",
  "core.roles.manage": "Compose roles of the institution's own",
  "core.colleagues.read": "See the names of colleagues in the same workspace",
  "core.cards.read": "See the list of all studies, programs and services with their facts",
  "core.links.open": "Open and close pages for anybody",
  "core.subjects.read": "See subjects by their code",
  "core.subjects.manage": "Add subjects and change who they are",
  "core.identities.open": "See who a subject is",
  "core.assignments.read": "See who is assigned to whom",
  "core.assignments.manage": "Assign mentors, coaches and evaluators",
  "core.keys.destroy": "Destroy a subject's key",
  "core.protection.read": "See how protected fields are kept, and who may open them",
  "core.protection.manage": "Put extra protection on fields, and name who may write and open them",
  "core.audit.read": "Read the record",
  "core.audit.own": "See who looked at one's own record",
  "core.audit.hold": "Place and lift a legal hold on the record",
  "core.exports.read": "See which files were downloaded",
  "core.alarms.read": "See alarms about who saw what",
  "core.alarms.manage": "Take and close alarms, place watched records",
  "core.alarms.raise": "Raise alarms",
  "core.programs.manage": "Give keys to programs, and end them",
  "core.providers.read": "See which companies and servers may be sent something",
  "core.providers.manage": "Enter and end agreements with companies and servers",
  "core.providers.use": "Send to a company or server whose entry is in force",
} as const;
export type KernelPermission = keyof typeof kernelPermissions;

/** What a person agrees to, or takes back. "participation" is the whole; the others can be taken back by themselves. */
export const consentScopes = [
  "participation",
  "new-data",
  "follow-up",
  "intervention",
  "samples",
  "recontact",
  "sharing",
  "contact",
] as const;
export type ConsentScope = (typeof consentScopes)[number];

/** The published language. Modules add to these by declaration merging; the kernel only carries them. */
export interface Happenings {
  "subject.added": { readonly subjectId: string };
  "subject.left": { readonly subjectId: string };
  /** The subject's key is gone: whatever else points at who this was should go too. */
  "subject.shredded": { readonly subjectId: string };
  /** Consent took effect for these scopes, or was taken back for them: what follows from it follows in this transaction. */
  "consent.given": { readonly subjectId: string; readonly scopes: readonly ConsentScope[] };
  "consent.withdrawn": { readonly subjectId: string; readonly scopes: readonly ConsentScope[] };
}
export interface Questions {
  /** May new data be taken, messages sent, samples used for this subject now? */
  "consent.standing": {
    readonly ask: { readonly subjectId: string; readonly scope?: string };
    readonly reply: "given" | "pending" | "withdrawn" | "not-required";
  };
  /** The same for everybody the asker can see, or for some of them, by subject: for lists and files. Who is not in it is pending. */
  "consent.standings": {
    readonly ask: { readonly scope?: string; readonly subjects?: readonly string[] };
    readonly reply: ReadonlyMap<string, Questions["consent.standing"]["reply"]>;
  };
  /** May this person sign, obtain consent, enter data … on this day? (delegation and training) */
  "delegation.stands": {
    readonly ask: { readonly personId: string; readonly task: string; readonly siteId?: string };
    readonly reply: { readonly stands: boolean; readonly reason: string };
  };
}

// ── What a handler is handed ────────────────────────────────────────────────────────────────────────────────────────

export interface Vocabulary {
  permission: string;
  event: string;
  fieldClass: string;
  export: string;
  jobs: object;
  settings: object;
}

export interface Actor {
  readonly kind: "person" | "subject" | "system" | "nobody";
  /** The person, or the subject of a portal link; null for a job. */
  readonly id: string | null;
  readonly name: string;
  /** The portal link he came by; the database knows it as core.link(). */
  readonly link?: string;
}

export interface Context<V extends Vocabulary = Vocabulary> {
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string };
  /** Always there for a module's own routes, jobs and portals. */
  readonly workspace: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly kind: WorkspaceKind;
  };
  readonly actor: Actor;
  readonly settings: Readonly<V["settings"]>;
  /** The moment the request began. */
  readonly now: Date;
  /** One transaction, already narrowed to this institution, workspace and reach. Compiled queries only (core/db/query.ts). */
  readonly db: Database;

  /** Does the actor hold it here, at any reach? The rows he then meets are the database's decision. */
  may(permission: V["permission"] | KernelPermission): boolean;
  /** Does it reach the whole workspace (and not only some subjects or rows)? */
  mayEverywhere(permission: V["permission"] | KernelPermission): boolean;
  /** An address below this module in this workspace: `ctx.url("/evaluations")`. */
  url(path: string): string;

  /** Seals a value for one column of one row; the column knows its table and field class: `ctx.seal(evaluations.narrative, …)`. */
  seal<T>(column: SealedField<T>, value: T, at: SealedAt): Promise<Sealed<T>>;
  /** Opens what the database gave. Asks for the field class's permission; an audited act, so it says why. */
  open<T>(value: Sealed<T>, at: SealedAt, why: string): Promise<T>;
  /** Many at once, in one query for their keys. What cannot be opened now is a sentence, never a value. */
  openMany<T>(
    items: readonly { readonly value: Sealed<T>; readonly at: SealedAt }[],
    why: string,
  ): Promise<(T | Locked)[]>;

  /** Names of subjects the actor reaches, opened together: subject id → name (or the code, when the name is not his to see). */
  names(subjectIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Names of people (staff) by id. */
  people(personIds: readonly (string | null)[]): Promise<ReadonlyMap<string, string>>;

  /** What the form of a route that signs shows (core/signature/signature-field.tsx): whose signature, its meaning, what it asks for. */
  signing(event: V["event"]): Promise<Signing>;
  /**
   * In a route with `signs`: binds the signature that was given to what is signed, once for each record. An act that
   * calls it never signs what the form held. Answers the signature's id.
   */
  sign(of: SignedRecord): Promise<string>;
  /** The signatures on these records, oldest first, by row. Each says whether the content given here is still what was signed. */
  signatures(of: readonly SignedRecord[]): Promise<ReadonlyMap<string, readonly GivenSignature[]>>;

  /** Says what was done, beside the write it describes. One request may say several things. */
  audit(
    event: V["event"],
    about: { readonly subjectId?: string; readonly [name: string]: string | number | undefined },
  ): void;
  /** Tell the other modules, in this transaction. */
  happen<K extends keyof Happenings>(news: K, detail: Happenings[K]): Promise<void>;
  /** Null: nobody here answers, and the asker says what that means. */
  ask<K extends keyof Questions>(question: K, of: Questions[K]["ask"]): Promise<Questions[K]["reply"] | null>;
  /** Runs after commit, with a context of its own. */
  later<K extends keyof V["jobs"] & string>(job: K, payload: V["jobs"][K], at?: Date): Promise<void>;
  /** The company or server that serves this workspace, if its entry is in force now; else the sentence why there is none. */
  provider(service: ProviderService): Promise<ProviderStanding>;
  /** Its secret, for a job that holds core.providers.use; an audited act. Null: it needs none. */
  providerSecret(providerId: string): Promise<ProviderSecret | null>;
  /** Does what the errand does, with the errand's rights, now. It must be listed in the module's manifest. */
  errand<Payload, Answer>(errand: Errand<Payload, Answer>, payload: Payload): Promise<Answer>;
  /** Keeps the workspace's card in step: all its facts, in this transaction. Never anything about a subject. */
  card(facts: Readonly<Record<string, string | number | null>>): Promise<void>;
  /** A new link to this module's open portal, for anybody: a path, shown once; only its hash is kept. Answers its id too. */
  openLink(until: Date): Promise<{ readonly id: string; readonly path: string }>;
  /** The link leads nowhere from now on. */
  endOpenLink(id: string): Promise<void>;
  /**
   * As `later`, begun by this process at once after commit; should it die first, the queue begins it some seconds later.
   * What is urgent is begun before all that waits, and beside what runs already.
   */
  soon<K extends keyof V["jobs"] & string>(job: K, payload: V["jobs"][K], isUrgent?: boolean): Promise<void>;
  /** By whom this workspace's texts go now. Opens the provider's secret, so it is for jobs that send. */
  textWay(): Promise<TextWay>;
  /** Nobody's data is real here: pages that play the outside world (a telephone) exist only then. */
  readonly isDevelopment: boolean;
  /** What the request came from, as its browser says: "Chrome on Android". Null for a job. */
  readonly device: string | null;
  /** Of a subject on his own page: who looked at what of his, newest first. Empty for everybody else. */
  ownRecord(most: number): Promise<readonly OwnRecordLine[]>;
  /** A new link to this module's portal for a subject without an account: a path, shown once; only its hash is kept. */
  portalLink(subjectId: string, until: Date, id?: string): Promise<string>;
  /** A path with scheme and host before it, for a mail or a square code: from the configuration, never from the request. */
  address(path: string): string;
  /** A mail through the outbox, after commit. Says nothing about a patient: a link and a reason to follow it. */
  mail(message: { readonly to: string; readonly subject: string; readonly text: string }): Promise<void>;

  /**
   * The only way a file leaves: watermarked, entered in the ledger, audited. A table's rows may come from `ctx.db.stream`,
   * with a RowTally for their ids: then a million of them take no more memory than ten.
   */
  pdf(name: V["export"], filename: string, document: PdfDocument, rowIds: RowIds): Promise<Download>;
  csv(name: V["export"], filename: string, table: Table, rowIds: RowIds): Promise<Download>;
  xlsx(name: V["export"], filename: string, sheets: Sheet | readonly Sheet[], rowIds: RowIds): Promise<Download>;
  /** JSON, XML, plain text, an archive of several, or a file that was kept. */
  file(name: V["export"], filename: string, content: Content, rowIds: RowIds): Promise<Download>;
}

/** What can be signed: plain data, by its values. */
export type Signable =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | readonly Signable[]
  | { readonly [name: string]: Signable | undefined };

/** One record as it is signed: all that the signature vouches for. Sealed values are opened first. */
export interface SignedRecord {
  /** The table: "studies.casebooks". */
  readonly record: string;
  readonly row: string;
  readonly subjectId?: string | undefined;
  readonly content: Signable;
}

/** What a signature shows (21 CFR 11.50), on screen (`Signature` of @views/signature) and in print (`{ kind: "signature", …it }`). */
export interface GivenSignature {
  readonly id: string;
  readonly event: string;
  readonly personId: string;
  readonly name: string;
  readonly meaning: string;
  readonly at: Date;
  readonly method: string;
  /** False: the content has changed since. */
  readonly standing: boolean;
}

export interface Signing {
  readonly meaning: string;
  /** Whose name will stand under it. */
  readonly name: string;
  /** The first signature of a session takes both components: the e-mail address too. */
  readonly asksName: boolean;
  /** Null: no password to sign with. */
  readonly credential: "password" | "signing" | null;
  /** A passkey signs too, and needs no password beside it. */
  readonly hasPasskey: boolean;
  /** What this person declares with the first signature ever (21 CFR 11.100(c)); null: declared before. */
  readonly declares: string | null;
}

/** Which row a sealed value lies in, and whose it is (needed when the field class lies under the subject's key). */
export interface SealedAt {
  readonly row: string;
  readonly subject?: string;
}
export class Locked {
  constructor(
    readonly sentence: string,
    /** The key is there, and this person is not named for it. */
    readonly isWithheld = false,
    /** The key was destroyed: nobody will ever open it, and whoever waits for it waits in vain. */
    readonly isGone = false,
  ) {}
}
// ── Routes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export class Redirect {
  /** The kernel's own pages set the session's cookie here. */
  readonly cookies: { readonly name: "sid" | "device" | "sso"; readonly value: string; readonly maxAge?: number }[] =
    [];
  /** After signing out: the browser forgets what it kept. */
  clearSite = false;

  /** After an act: 303, so that reloading does not repeat it. `flash` is said once on the next page. */
  constructor(
    readonly to: string,
    readonly flash?: string,
  ) {}
}

/** A whole page (`<Page …>` of @views/page: the kernel puts the frame around it), a way on, a file, or a recording to play. */
export type Reply = Html | Redirect | Download | Playable;

/** Anyone at all, signed in or not. Spelled out so that it can be searched for. */
export const anyone = "anyone";
/** Anyone with a session, whatever his grants: his own account pages, the list of his workspaces. */
export const signedIn = "signed-in";

export interface Route {
  readonly method: "GET" | "POST";
  /** Below the module: "/evaluations/:id". */
  readonly path: string;
  readonly needs: string;
  /** The event this act signs: the kernel asks for the credential again first. */
  readonly signs?: string;
  /** A poll: does not keep a session alive. */
  readonly passive?: boolean;
  /** How often one address may use it, whoever sits behind it: so many at once, then one every so many seconds. */
  readonly pace?: { readonly everySeconds: number; readonly burst: number };
  /** Bytes; 1 MB unless said. */
  readonly bodyLimit?: number;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The form again, when input or a rule refuses: what was typed, and a sentence a field. Runs in a transaction of its own. */
  readonly refused?: (typed: Typed, problems: readonly FieldProblem[], ctx: Context, params: never) => Promise<Html>;
  readonly run: (input: never, ctx: Context) => Promise<Reply>;
}

/** What the person typed, as text, whatever became of it. */
export type Typed = Readonly<Record<string, string | readonly string[]>>;

/** An uploaded file, read whole (its size is bounded by the route's `bodyLimit`). */
export interface Upload {
  readonly filename: string;
  readonly bytes: Uint8Array;
}

type Read<S> = S extends TSchema ? Static<S> : Record<never, never>;

export interface RouteSpec<V extends Vocabulary, P, Q, B> {
  /** Required: a route without it does not compile. */
  needs: V["permission"] | KernelPermission | typeof anyone | typeof signedIn;
  signs?: V["event"];
  passive?: boolean;
  pace?: { readonly everySeconds: number; readonly burst: number };
  bodyLimit?: number;
  params?: P;
  query?: Q;
  body?: B;
  refused?(typed: Typed, problems: readonly FieldProblem[], ctx: Context<V>, params: Read<P>): Promise<Html>;
  run(input: { params: Read<P>; query: Read<Q>; body: Read<B> }, ctx: Context<V>): Promise<Reply>;
}

/** Route builders that know one module's vocabulary: `const { get, post } = routesFor<Milestones>();` */
export function routesFor<V extends Vocabulary>() {
  const on =
    (method: Route["method"]) =>
    <
      P extends TSchema | undefined = undefined,
      Q extends TSchema | undefined = undefined,
      B extends TSchema | undefined = undefined,
    >(
      path: string,
      spec: RouteSpec<V, P, Q, B>,
    ): Route =>
      // The one cast of the contract: V, P, Q and B were checked above and are erased from here on.
      ({ method, path, ...spec }) as unknown as Route;
  return { get: on("GET"), post: on("POST") };
}

/** What a program asks: JSON in, JSON out, under the same policies as the person who holds its key. */
export interface ProgramRoute {
  readonly method: "GET" | "POST";
  /** Below the module: "/answers". */
  readonly path: string;
  readonly needs: string;
  /** What the act itself has to read to be done rightly, as far as the holder may; nothing of it is answered. */
  readonly also?: readonly string[];
  /** What it is about, in a few words: for the record and the description. */
  readonly summary: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** What comes back. */
  readonly answer: TSchema;
  readonly run: (input: never, ctx: Context) => Promise<unknown>;
}

interface ProgramRouteSpec<V extends Vocabulary, P, Q, B, A extends TSchema> {
  needs: V["permission"];
  also?: readonly V["permission"][];
  summary: string;
  params?: P;
  query?: Q;
  body?: B;
  answer: A;
  run(input: { params: Read<P>; query: Read<Q>; body: Read<B> }, ctx: Context<V>): Promise<Static<A>>;
}

/** As `routesFor`, for programs: what `run` answers has to fit `answer`. */
export function programRoutesFor<V extends Vocabulary>() {
  const on =
    (method: ProgramRoute["method"]) =>
    <
      A extends TSchema,
      P extends TSchema | undefined = undefined,
      Q extends TSchema | undefined = undefined,
      B extends TSchema | undefined = undefined,
    >(
      path: string,
      spec: ProgramRouteSpec<V, P, Q, B, A>,
    ): ProgramRoute =>
      // As in routesFor: what was checked above is erased from here on.
      ({ method, path, ...spec }) as unknown as ProgramRoute;
  return { get: on("GET"), post: on("POST") };
}

/** Checks a manifest at compile time and keeps its literal names. */
export const defineModule = <
  const Id extends string,
  const R extends string,
  P extends Named<Id>,
  E extends Named<Id>,
  F extends Named<Id> = never,
  J extends Named<Id> = never,
  X extends Named<Id> = never,
>(
  manifest: Module<Id, R, P, E, F, J, X>,
): Module<Id, R, P, E, F, J, X> => manifest;

/** The words a module may use, taken from its own `names.ts`. */
export type Words<
  N extends {
    permissions: object;
    events: object;
    fieldClasses?: object;
    exports?: object;
    jobs?: object;
    settings?: TSchema;
  },
> = {
  permission: keyof N["permissions"] & string;
  event: keyof N["events"] & string;
  fieldClass: keyof NonNullable<N["fieldClasses"]> & string;
  export: keyof NonNullable<N["exports"]> & string;
  jobs: {
    [K in keyof NonNullable<N["jobs"]> & string]: NonNullable<N["jobs"]>[K] extends TSchema
      ? Static<NonNullable<N["jobs"]>[K]>
      : never;
  };
  settings: N["settings"] extends TSchema ? Static<N["settings"]> : object;
};

// ── Demonstrations ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What a demo may do: make places and people, then act as one of them. Everything it makes is invented and says so. */
export interface DemoStage {
  /** Which of the demonstration institutions this is: "northfield" or "lakeside". */
  readonly institution: string;
  workspace(of: {
    slug: string;
    title: string;
    kind: WorkspaceKind;
    specialty?: string;
    modules: readonly string[];
  }): Promise<DemoWorkspace>;
}
export interface DemoWorkspace {
  readonly id: string;
  readonly slug: string;
  /** An account with a role here; an address that exists already gets the role added. */
  person(of: { name: string; email: string; role: string; site?: string }): Promise<DemoPerson>;
  /**
   * An invented past has days of its own: rows of this workspace look as if they had been made then. The record does not:
   * it tells when the story was told. `moments`: column → days after `at`; `spread`: up to so many days later, by row.
   */
  past(of: {
    table: string;
    where: { column: string; value: string; via?: { table: string; column: string } };
    at: Date;
    spread?: number;
    moments: Readonly<Record<string, number>>;
  }): Promise<void>;
  /**
   * The next chapter: every moment that a module has kept in this workspace so far lies so many days further back.
   * `dates` and `texts` ("readings.local_at") name columns that go along and are no moments.
   */
  turnBack(of: { schema: string; days: number; dates?: readonly string[]; texts?: readonly string[] }): Promise<void>;
}
export interface DemoPerson {
  readonly id: string;
  readonly name: string;
  /** A POST as this person through the real endpoint. Throws with the page's sentences when it is refused. */
  post(
    path: string,
    form: Readonly<Record<string, string | readonly string[] | Upload>>,
  ): Promise<{ location: string }>;
  get(path: string): Promise<string>;
}
