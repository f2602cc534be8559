/** Documents: written in parts, put forward, published by a second person, in force from each site's ethics approval. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import {
  type Choice,
  type Content,
  departuresFrom,
  digestOf,
  emptyContent,
  hex,
  type Language,
  lacksIn,
  languageNames,
  languages,
  optionalScopes,
} from "../document.ts";
import { stateOf } from "../effect.ts";
import type { Econsent } from "../names.ts";
import {
  addDocument,
  addEffect,
  addProposal,
  addPublication,
  addRetirement,
  addText,
  addVersion,
  allDocuments,
  allProposals,
  allSites,
  allVersions,
  documentById,
  newestText,
  textsOf,
} from "../store/documents.ts";
import { dayOf, findVersion, type VersionFound, versionStandings } from "../versions.ts";
import {
  AskedPage,
  DifferencePage,
  DocumentsPage,
  GlossaryPage,
  NewVersionPage,
  QuestionPage,
  SectionPage,
  VersionPage,
} from "../views/documents.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
export const byPart = t.Object({ id: uuid, part: t.String({ pattern: "^(new|[a-z0-9-]{1,40})$" }) });
const day = (title: string) => t.String({ title, format: "date" });
const lines = (title: string, maxLength: number) => t.Optional(t.String({ title, maxLength }));
/** Which draft the form was drawn from: whoever saved in between is not overwritten. */
const ordinal = t.Integer({ minimum: 1 });

const documentBody = t.Object({
  title: t.String({ title: "Title", minLength: 3, maxLength: 200 }),
  isMain: t.Boolean(),
  language: t.Union(
    languages.map((one) => t.Literal(one)),
    { title: "Language" },
  ),
});
const versionBody = t.Object({
  number: t.Integer({ title: "Version", minimum: 1, maximum: 999 }),
  language: t.Union(
    languages.map((one) => t.Literal(one)),
    { title: "Language" },
  ),
  from: t.String({ title: "Begin with", format: "uuid" }),
  asksAgain: t.Boolean(),
  changes: t.Optional(t.String({ title: "What changed", maxLength: 2000 })),
});
const sectionBody = t.Object({
  ordinal,
  title: t.String({ title: "Title", minLength: 2, maxLength: 120 }),
  summary: t.String({ title: "Summary", minLength: 2, maxLength: 1200 }),
  full: t.String({ title: "Full text", minLength: 2, maxLength: 20_000 }),
  place: t.Integer({ title: "Place", minimum: 1, maximum: 99 }),
  act: t.Optional(t.Union([t.Literal("save"), t.Literal("remove")])),
});
const questionBody = t.Object({
  ordinal,
  ask: t.String({ title: "Question", minLength: 2, maxLength: 400 }),
  options: t.String({ title: "Answers", minLength: 2, maxLength: 1200 }),
  right: t.Integer({ title: "Right answer", minimum: 1, maximum: 9 }),
  explain: t.String({ title: "Explanation", minLength: 2, maxLength: 1200 }),
  act: t.Optional(t.Union([t.Literal("save"), t.Literal("remove")])),
});
const askedBody = t.Object({
  ordinal,
  agreements: t.String({ title: "Agreements", minLength: 2, maxLength: 4000 }),
  samples: lines("Samples", 600),
  recontact: lines("Being asked again later", 600),
  sharing: lines("Sharing data with others", 600),
  contact: lines("Messages", 600),
});
const glossaryBody = t.Object({ ordinal, glossary: lines("Words", 8000) });
const approvalBody = t.Object({
  siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
  approvedOn: day("Approved on"),
  effectiveFrom: day("In force from"),
  reference: t.String({ title: "Reference", minLength: 1, maxLength: 120 }),
});

export const documentRoutes = [
  get("/documents", { needs: "econsent.documents.read", run: async (_, ctx) => DocumentsPage(await listOf(ctx)) }),

  post("/documents", {
    needs: "econsent.documents.write",
    body: documentBody,
    refused: async (typed, problems, ctx) =>
      DocumentsPage({ ...(await listOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      if ((await ctx.db.all(allDocuments, {})).some(({ title }) => title === body.title))
        throw Problem.invalid({ title: "There is a document of this title. Open it, or choose another title." });
      const documentId = Bun.randomUUIDv7();
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addDocument, { id: documentId, title: body.title, isMain: body.isMain });
      ctx.audit("econsent.document_added", { document: body.title });
      await ctx.db.one(addVersion, {
        id,
        documentId,
        number: 1,
        language: body.language,
        asksAgain: false,
        changes: "",
      });
      await saveText(ctx, id, 0, emptyContent(body.title));
      ctx.audit("econsent.version_begun", { document: body.title, number: 1, language: body.language });
      return new Redirect(ctx.url(`/versions/${id}`));
    },
  }),

  get("/documents/:id/new", {
    needs: "econsent.documents.write",
    params: byId,
    run: async ({ params }, ctx) => NewVersionPage(await newVersionOf(ctx, params.id)),
  }),
  post("/documents/:id/new", {
    needs: "econsent.documents.write",
    params: byId,
    body: versionBody,
    refused: async (typed, problems, ctx, params) =>
      NewVersionPage({ ...(await newVersionOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const document = await ctx.db.one(documentById, params);
      const rows = (await ctx.db.all(allVersions, {})).filter(({ documentId }) => documentId === document.id);
      if (rows.some(({ number, language }) => number === body.number && language === body.language))
        throw Problem.invalid({ number: "There is this version in this language already." });
      const source = rows.find(({ id }) => id === body.from);
      if (!source) throw Problem.invalid({ from: "Choose a version of this document." });
      if (body.asksAgain && !body.changes)
        throw Problem.invalid({ changes: "Say in a few words what changed: whoever is asked again reads it first." });
      const { content } = await ctx.db.one(newestText, { versionId: source.id });
      const id = Bun.randomUUIDv7();
      const { number, language, asksAgain, changes = "" } = body;
      await ctx.db.one(addVersion, { id, documentId: document.id, number, language, asksAgain, changes });
      await saveText(ctx, id, 0, content);
      ctx.audit("econsent.version_begun", { document: document.title, number, language });
      return new Redirect(ctx.url(`/versions/${id}`), "Begun with the text of the other version. Now change it.");
    },
  }),

  get("/versions/:id", {
    needs: "econsent.documents.read",
    params: byId,
    run: async ({ params }, ctx) => VersionPage(await pageOf(ctx, await findVersion(ctx, params.id))),
  }),

  get("/versions/:id/difference", {
    needs: "econsent.documents.read",
    params: byId,
    query: t.Object({ with: t.Optional(uuid) }),
    async run({ params, query }, ctx) {
      const found = await findVersion(ctx, params.id);
      const others = (await ctx.db.all(allVersions, {})).filter(
        ({ documentId, id }) => documentId === found.version.documentId && id !== params.id,
      );
      const before =
        others.find(({ id }) => id === query.with) ??
        others.find(({ language, number }) => language === found.version.language && number < found.version.number) ??
        others[0];
      return DifferencePage({
        ...headOf(ctx, found),
        href: ctx.url(`/versions/${params.id}/difference`),
        others: others.map((one) => ({ value: one.id, label: nameOf(one) })),
        chosen: before?.id ?? "",
        chosenName: before ? nameOf(before) : null,
        before: before ? (await ctx.db.one(newestText, { versionId: before.id })).content : null,
        after: found.text.content,
        isOtherLanguage: before !== undefined && before.language !== found.version.language,
      });
    },
  }),

  get("/versions/:id/sections/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    run: async ({ params }, ctx) => SectionPage(partPage(ctx, await draftOf(ctx, params.id), params.part)),
  }),
  post("/versions/:id/sections/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    body: sectionBody,
    refused: async (typed, problems, ctx, params) =>
      SectionPage({
        ...partPage(ctx, await draftOf(ctx, params.id), params.part),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const { content } = found.text;
      const id = params.part === "new" ? freshId("s", content.sections) : params.part;
      const others = content.sections.filter((section) => section.id !== id);
      if (params.part !== "new" && others.length === content.sections.length) throw Problem.notFound();
      if (body.act !== "remove") {
        const { title, summary, full } = body;
        others.splice(body.place - 1, 0, { id, title, summary, full });
      }
      return saveDraft(ctx, found, body.ordinal, { ...content, sections: others }, `the section “${body.title}”`);
    },
  }),

  get("/versions/:id/questions/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    run: async ({ params }, ctx) => QuestionPage(partPage(ctx, await draftOf(ctx, params.id), params.part)),
  }),
  post("/versions/:id/questions/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    body: questionBody,
    refused: async (typed, problems, ctx, params) =>
      QuestionPage({
        ...partPage(ctx, await draftOf(ctx, params.id), params.part),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const { content } = found.text;
      const id = params.part === "new" ? freshId("q", content.questions) : params.part;
      const at = content.questions.findIndex((one) => one.id === id);
      if (params.part !== "new" && at < 0) throw Problem.notFound();
      const options = linesOf(body.options);
      if (options.length < 2) throw Problem.invalid({ options: "Write two answers or more, one a line." });
      if (body.right > options.length)
        throw Problem.invalid({ right: `There are ${options.length} answers: choose one of them.` });
      const question = { id, ask: body.ask, options, right: body.right - 1, explain: body.explain };
      const questions =
        body.act === "remove"
          ? content.questions.filter((one) => one.id !== id)
          : at < 0
            ? [...content.questions, question]
            : content.questions.with(at, question);
      return saveDraft(ctx, found, body.ordinal, { ...content, questions }, `the question “${body.ask}”`);
    },
  }),

  get("/versions/:id/asked", {
    needs: "econsent.documents.write",
    params: byId,
    run: async ({ params }, ctx) => AskedPage(partPage(ctx, await draftOf(ctx, params.id), "asked")),
  }),
  post("/versions/:id/asked", {
    needs: "econsent.documents.write",
    params: byId,
    body: askedBody,
    refused: async (typed, problems, ctx, params) =>
      AskedPage({ ...partPage(ctx, await draftOf(ctx, params.id), "asked"), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const agreements = linesOf(body.agreements).map((text, at) => ({ id: `a${at + 1}`, text }));
      const choices = optionalScopes.flatMap((scope): Choice[] => {
        const text = body[scope];
        return text ? [{ id: scope, scope, text }] : [];
      });
      const content = { ...found.text.content, agreements, choices };
      return saveDraft(ctx, found, body.ordinal, content, "agreements and choices");
    },
  }),

  get("/versions/:id/glossary", {
    needs: "econsent.documents.write",
    params: byId,
    run: async ({ params }, ctx) => GlossaryPage(partPage(ctx, await draftOf(ctx, params.id), "glossary")),
  }),
  post("/versions/:id/glossary", {
    needs: "econsent.documents.write",
    params: byId,
    body: glossaryBody,
    refused: async (typed, problems, ctx, params) =>
      GlossaryPage({ ...partPage(ctx, await draftOf(ctx, params.id), "glossary"), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const glossary = linesOf(body.glossary ?? "").map((line) => {
        const [term = "", ...meaning] = line.split(":");
        if (!term.trim() || !meaning.join(":").trim())
          throw Problem.invalid({ glossary: `Write each word as “word: what it means”. This line has none: ${line}` });
        return { term: term.trim(), meaning: meaning.join(":").trim() };
      });
      return saveDraft(ctx, found, body.ordinal, { ...found.text.content, glossary }, "words explained");
    },
  }),

  post("/versions/:id/forward", {
    needs: "econsent.documents.write",
    params: byId,
    async run({ params }, ctx) {
      const found = await draftOf(ctx, params.id);
      const lacks = lacksIn(found.text.content);
      if (lacks.length > 0) throw Problem.refused(`This version cannot be put forward yet. ${lacks.join(" ")}`);
      if (found.proposal) throw Problem.refused("This draft was put forward already.");
      await ctx.db.one(addProposal, { versionId: params.id, textId: found.text.id });
      ctx.audit("econsent.put_forward", saying(found));
      return new Redirect(ctx.url(`/versions/${params.id}`), "Put forward. Someone who wrote none of it publishes it.");
    },
  }),

  post("/versions/:id/publish", {
    needs: "econsent.documents.publish",
    signs: "econsent.published",
    params: byId,
    body: t.Object({ digest: t.String({ pattern: "^[0-9a-f]{64}$" }), signature: t.Optional(t.String()) }),
    refused: async (typed, problems, ctx, params) =>
      VersionPage({ ...(await pageOf(ctx, await findVersion(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await findVersion(ctx, params.id);
      const why = await whyNotPublish(ctx, found);
      if (why) throw Problem.refused(why);
      const digest = digestOf(found.text.content);
      if (hex(digest) !== body.digest)
        throw new Problem("conflict", "The text changed while you read it. Read it again.");
      await ctx.db.one(addPublication, { versionId: params.id, textId: found.text.id, sha256: digest });
      await ctx.sign({ record: "econsent.texts", row: found.text.id, content: hex(digest) });
      ctx.audit("econsent.published", { ...saying(found), digest: body.digest.slice(0, 16) });
      return new Redirect(
        ctx.url(`/versions/${params.id}`),
        "Published. It comes into force where and when you enter an ethics approval.",
      );
    },
  }),

  post("/versions/:id/approvals", {
    needs: "econsent.documents.publish",
    params: byId,
    body: approvalBody,
    refused: async (typed, problems, ctx, params) =>
      VersionPage({ ...(await pageOf(ctx, await findVersion(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await findVersion(ctx, params.id);
      if (!found.version.publicationId || found.version.retirementId)
        throw Problem.refused("Approvals are entered for a version that is published and not retired.");
      if (body.approvedOn > dayOf(ctx.now))
        throw Problem.invalid({ approvedOn: "An approval is not given in the future." });
      if (body.effectiveFrom < body.approvedOn)
        throw Problem.invalid({ effectiveFrom: "It cannot be in force before it was approved." });
      const site = body.siteId ? (await ctx.db.all(allSites, {})).find(({ id }) => id === body.siteId) : null;
      if (site === undefined) throw Problem.invalid({ siteId: "Choose a site of this study." });
      const { approvedOn, effectiveFrom, reference } = body;
      await ctx.db.one(addEffect, {
        versionId: params.id,
        siteId: site?.id ?? null,
        approvedOn,
        effectiveFrom,
        reference,
      });
      ctx.audit("econsent.approved", {
        ...saying(found),
        reference,
        site: site?.code ?? "every site",
        from: effectiveFrom,
      });
      return new Redirect(ctx.url(`/versions/${params.id}`), `In force from ${effectiveFrom}.`);
    },
  }),

  post("/versions/:id/retire", {
    needs: "econsent.documents.publish",
    params: byId,
    body: t.Object({ reason: t.String({ title: "Reason", minLength: 3, maxLength: 1000 }) }),
    refused: async (typed, problems, ctx, params) =>
      VersionPage({ ...(await pageOf(ctx, await findVersion(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await findVersion(ctx, params.id);
      if (!found.version.publicationId) throw Problem.refused("Only a published version is retired.");
      if (found.version.retirementId) throw Problem.refused("This version is retired already.");
      await ctx.db.one(addRetirement, { versionId: params.id, reason: body.reason });
      ctx.audit("econsent.retired", { ...saying(found), reason: body.reason });
      return new Redirect(ctx.url(`/versions/${params.id}`), "Retired. Nobody signs it any more.");
    },
  }),
];

export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
const nameOf = ({ number, language }: { number: number; language: Language }) =>
  `Version ${number}, ${languageNames[language]}`;
const saying = ({ version }: VersionFound) => ({
  document: version.document,
  number: version.number,
  language: version.language,
});

export function freshId(letter: string, taken: readonly { readonly id: string }[]): string {
  const numbers = taken.map(({ id }) => Number(id.slice(1))).filter(Number.isInteger);
  return `${letter}${Math.max(0, ...numbers) + 1}`;
}

export async function draftOf(ctx: Context<Econsent>, id: string): Promise<VersionFound> {
  const found = await findVersion(ctx, id);
  if (found.version.publicationId)
    throw Problem.refused("A published version is never changed. Begin a new version with its text.");
  return found;
}

async function saveText(ctx: Context<Econsent>, versionId: string, after: number, content: Content): Promise<void> {
  await ctx.db.one(addText, {
    id: Bun.randomUUIDv7(),
    versionId,
    ordinal: after + 1,
    content,
    sha256: digestOf(content),
  });
}

export async function saveDraft(
  ctx: Context<Econsent>,
  found: VersionFound,
  drawnFrom: number,
  content: Content,
  part: string,
): Promise<Redirect> {
  if (drawnFrom !== found.text.ordinal) throw new Problem("conflict");
  await saveText(ctx, found.version.id, found.text.ordinal, content);
  ctx.audit("econsent.text_saved", { ...saying(found), ordinal: found.text.ordinal + 1, part });
  return new Redirect(ctx.url(`/versions/${found.version.id}`), "Saved.");
}

async function whyNotPublish(ctx: Context<Econsent>, found: VersionFound): Promise<string | null> {
  if (found.version.publicationId) return "This version is published already.";
  if (!found.proposal) return "Its author has not put this draft forward yet.";
  if (found.proposal.madeBy === ctx.actor.id) return "You put it forward: someone else publishes it.";
  const authors = (await ctx.db.all(textsOf, { versionId: found.version.id })).map(({ madeBy }) => madeBy);
  if (authors.includes(ctx.actor.id)) return "You wrote a part of it: someone else publishes it.";
  return null;
}

const headOf = (ctx: Context<Econsent>, { version, text, state }: VersionFound) => ({
  title: `${version.document}, ${nameOf(version).toLowerCase().replace(languageNames[version.language].toLowerCase(), languageNames[version.language])}`,
  crumbs: [{ label: "Documents", href: ctx.url("/documents") }],
  state,
  here: ctx.url(`/versions/${version.id}`),
  content: text.content,
  ordinal: text.ordinal,
  language: version.language,
});

export const partPage = (ctx: Context<Econsent>, found: VersionFound, part: string) => {
  const head = headOf(ctx, found);
  return { ...head, part, crumbs: [...head.crumbs, { label: head.title, href: head.here }] };
};

async function pageOf(ctx: Context<Econsent>, found: VersionFound) {
  const { version, text, effects, proposal, state } = found;
  const writes = ctx.mayEverywhere("econsent.documents.write") || ctx.may("econsent.documents.write");
  const publishes = ctx.may("econsent.documents.publish");
  const sites = await ctx.db.all(allSites, {});
  const siblings = (await ctx.db.all(allVersions, {})).filter(
    ({ documentId, number, id }) => documentId === version.documentId && number === version.number && id !== version.id,
  );
  const people = await ctx.people([proposal?.madeBy ?? null, version.publishedBy, text.madeBy]);
  const by = (id: string | null) => (id && people.get(id)) ?? "someone who has left";
  const original = siblings[0];
  const isDraft = version.publicationId === null;
  return {
    ...headOf(ctx, found),
    changes: version.changes,
    asksAgain: version.asksAgain,
    digest: hex(digestOf(text.content)),
    isUntouched: version.sha256 === null || hex(version.sha256) === hex(digestOf(text.content)),
    saved: { by: by(text.madeBy), at: text.madeAt },
    forward: proposal && { by: by(proposal.madeBy), at: proposal.madeAt },
    published: version.publishedAt && { by: by(version.publishedBy), at: version.publishedAt },
    retired: version.retiredAt && { at: version.retiredAt, reason: version.retiredBecause ?? "" },
    lacks: isDraft ? lacksIn(text.content) : [],
    departures:
      original && isDraft
        ? departuresFrom((await ctx.db.one(newestText, { versionId: original.id })).content, text.content)
        : [],
    original: original ? nameOf(original) : null,
    mayWrite: writes && isDraft,
    mayForward: writes && isDraft && !proposal,
    publish:
      isDraft && proposal && publishes
        ? { why: await whyNotPublish(ctx, found), signing: await ctx.signing("econsent.published") }
        : null,
    approvals: effects.map((one) => ({
      site: sites.find(({ id }) => id === one.siteId)?.name ?? (one.siteId ? "A closed site" : "Every site"),
      approvedOn: one.approvedOn,
      from: one.effectiveFrom,
      reference: one.reference,
    })),
    mayApprove: publishes && !isDraft && version.retirementId === null,
    mayRetire: publishes && !isDraft && version.retirementId === null,
    sites: sites.map(({ id, code, name }) => ({ value: id, label: name === code ? code : `${code} ${name}` })),
    today: dayOf(ctx.now),
    state,
  };
}

async function newVersionOf(ctx: Context<Econsent>, id: string) {
  const document = await ctx.db.one(documentById, { id });
  const own = (await ctx.db.all(allVersions, {})).filter(({ documentId }) => documentId === id);
  return {
    document: document.title,
    crumbs: [{ label: "Documents", href: ctx.url("/documents") }],
    action: ctx.url(`/documents/${id}/new`),
    next: Math.max(0, ...own.map(({ number }) => number)) + 1,
    sources: own.map((one) => ({ value: one.id, label: nameOf(one) })),
  };
}

async function listOf(ctx: Context<Econsent>) {
  const standings = await versionStandings(ctx);
  const forward = new Set((await ctx.db.all(allProposals, {})).map(({ versionId }) => versionId));
  const sites = new Map((await ctx.db.all(allSites, {})).map(({ id, code }) => [id, code]));
  const today = dayOf(ctx.now);
  return {
    mayWrite: ctx.may("econsent.documents.write"),
    addAction: ctx.url("/documents"),
    documents: (await ctx.db.all(allDocuments, {})).map((document) => {
      const own = standings.filter(({ documentId }) => documentId === document.id);
      return {
        title: document.title,
        isMain: document.isMain,
        newHref: ctx.url(`/documents/${document.id}/new`),
        versions: own.map((one) => ({
          value: one.id,
          label: nameOf(one.row),
          href: ctx.url(`/versions/${one.id}`),
          state: stateOf(one, forward.has(one.id), today),
          where: [
            ...new Set(
              one.effects
                .filter(({ from }) => from <= today)
                .map(({ siteId }) => (siteId ? (sites.get(siteId) ?? "a closed site") : "every site")),
            ),
          ].sort(),
          later: one.effects.filter(({ from }) => from > today).map(({ from }) => from),
          asksAgain: one.row.asksAgain,
        })),
      };
    }),
  };
}
