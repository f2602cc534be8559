/** Essential documents: filed in versions and sealed whole, signed, read and understood, and watched until they lapse. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { keepCard } from "../dossier-standing.ts";
import { documents } from "../dossier-tables.ts";
import { formAgain, type Studies } from "../module-words.ts";
import { dayOf } from "../rules/days.ts";
import { documentState, essentialByKey, essentialDocuments, placeOf } from "../rules/documents.ts";
import { signedDocument } from "../signed.ts";
import { addDocument, addDocumentMark, allDocumentMarks, allDocuments, documentContent } from "../store/dossier.ts";
import { openSites, reachesAll, siteLabel, sitesReached } from "../store/people.ts";
import { DocumentPage, DocumentsPage } from "../views/documents.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const LIMIT = 10 * 1024 * 1024;

async function listPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const rows = await ctx.db.all(allDocuments, {});
  const marks = await ctx.db.all(allDocumentMarks, {});
  const sites = await ctx.db.all(sitesReached, { may: "studies.documents.read" });
  const files = ctx.may("studies.documents.file");
  const places = [
    { id: null as string | null, label: "The study" },
    ...sites.map((site) => ({ id: site.id as string | null, label: `Site ${siteLabel(site)}` })),
  ];
  return {
    file: files ? ctx.url("/documents") : null,
    kinds: essentialDocuments.map(({ key, title, of }) => ({ value: key, label: `${title} (${of})` })),
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    places: places.map(({ id, label }) => ({
      label,
      lines: essentialDocuments
        .filter(({ of }) => (of === "site") === (id !== null))
        .map((kind) => {
          const newest = rows
            .filter((row) => placeOf(row.kind, row.siteId) === placeOf(kind.key, id))
            .sort((a, b) => b.version - a.version)[0];
          const theirs = marks.filter(({ documentId }) => documentId === newest?.id);
          const signedAt = theirs.find(({ mark }) => mark === "signed")?.madeAt ?? null;
          return {
            title: kind.title,
            needed: kind.needed,
            href: newest ? ctx.url(`/documents/${newest.id}`) : null,
            version: newest?.version ?? null,
            expiresOn: newest?.expiresOn ?? null,
            state: documentState(newest && { expiresOn: newest.expiresOn, signedAt }, today),
            readers: theirs.filter(({ mark }) => mark === "read").length,
            toRead: kind.read,
          };
        }),
    })),
  };
}

async function onePage(ctx: Context<Studies>, id: string) {
  const rows = await ctx.db.all(allDocuments, {});
  const row = rows.find((one) => one.id === id);
  if (!row) throw Problem.notFound();
  const kind = essentialByKey.get(row.kind);
  const marks = (await ctx.db.all(allDocumentMarks, {})).filter(({ documentId }) => documentId === id);
  const people = await ctx.people([row.madeBy, ...marks.map(({ personId }) => personId)]);
  const name = (person: string | null) => people.get(person ?? "") ?? "A former colleague";
  const sites = await ctx.db.all(openSites, {});
  const site = sites.find((one) => one.id === row.siteId);
  const mine = (wanted: string) => marks.some(({ mark, personId }) => mark === wanted && personId === ctx.actor.id);
  const isNewest = !rows.some(
    (one) => placeOf(one.kind, one.siteId) === placeOf(row.kind, row.siteId) && one.version > row.version,
  );
  const maySign = isNewest && ctx.may("studies.documents.sign") && !marks.some(({ mark }) => mark === "signed");
  const mayRead = isNewest && kind?.read === true && !mine("read");
  return {
    row,
    crumbs: [{ label: "Documents", href: ctx.url("/documents") }],
    title: kind?.title ?? row.kind,
    place: row.siteId ? `Site ${site ? siteLabel(site) : "elsewhere"}` : "The study",
    digest: Buffer.from(row.sha256).toString("hex"),
    state: documentState(
      { expiresOn: row.expiresOn, signedAt: marks.find(({ mark }) => mark === "signed")?.madeAt ?? null },
      dayOf(ctx.now),
    ),
    isNewest,
    download: ctx.url(`/documents/${id}/file`),
    happened: [
      { at: row.madeAt, what: `${name(row.madeBy)} filed it` },
      ...marks.map(({ madeAt, personId, mark }) => ({
        at: madeAt,
        what: `${name(personId)} ${mark === "signed" ? "signed it" : "read and understood it"}`,
      })),
    ].sort((one, other) => other.at.getTime() - one.at.getTime()),
    signatures: (await ctx.signatures([signedDocument(row)])).get(row.id) ?? [],
    sign: maySign
      ? { action: ctx.url(`/documents/${id}/sign`), signing: await ctx.signing("studies.document_signed") }
      : null,
    read: mayRead
      ? { action: ctx.url(`/documents/${id}/read`), signing: await ctx.signing("studies.document_read") }
      : null,
    others: rows
      .filter((one) => one.id !== id && placeOf(one.kind, one.siteId) === placeOf(row.kind, row.siteId))
      .map((one) => ({ href: ctx.url(`/documents/${one.id}`), version: one.version })),
  };
}

export const documentRoutes = [
  get("/documents", { needs: "studies.documents.study", run: async (_, ctx) => DocumentsPage(await listPage(ctx)) }),
  post("/documents", {
    needs: "studies.documents.file",
    bodyLimit: LIMIT,
    body: t.Object({
      kind: t.Union(
        essentialDocuments.map(({ key }) => t.Literal(key)),
        { title: "Document" },
      ),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      expiresOn: t.Optional(t.String({ title: "Holds until", format: "date" })),
      file: upload({ title: "a PDF file" }),
    }),
    refused: async (typed, problems, ctx) =>
      DocumentsPage({ ...(await listPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const kind = essentialByKey.get(body.kind);
      if (!kind) throw Problem.invalid({ kind: "Choose a document." });
      const siteId = kind.of === "site" ? (body.siteId ?? null) : null;
      if (kind.of === "site") {
        const reached = await ctx.db.all(sitesReached, { may: "studies.documents.file" });
        if (!reached.some(({ id }) => id === siteId))
          throw Problem.invalid({ siteId: "Choose a site of yours: this document is a site's." });
      } else if (!(await reachesAll(ctx, "studies.documents.file")))
        throw Problem.invalid({ kind: "The study's own documents are filed by those who keep the whole study." });
      const { bytes, filename } = body.file;
      if (new TextDecoder().decode(bytes.subarray(0, 5)) !== "%PDF-")
        throw Problem.invalid({ file: "Only PDF files are kept. Print it as a PDF first." });
      if (kind.expires && !body.expiresOn) throw Problem.invalid({ expiresOn: "This document lapses: say when." });
      if (body.expiresOn && body.expiresOn < dayOf(ctx.now))
        throw Problem.invalid({ expiresOn: "It has lapsed already." });
      const version =
        Math.max(
          0,
          ...(await ctx.db.all(allDocuments, {}))
            .filter((row) => placeOf(row.kind, row.siteId) === placeOf(kind.key, siteId))
            .map((row) => row.version),
        ) + 1;
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addDocument, {
        id,
        kind: kind.key,
        siteId,
        version,
        filename: filename.slice(-200),
        bytes: bytes.byteLength,
        sha256: sha256(bytes),
        expiresOn: body.expiresOn ?? null,
        content: await ctx.seal(documents.content, bytes, { row: id }),
      });
      ctx.audit("studies.document_filed", { version, document: kind.title });
      return new Redirect(ctx.url(`/documents/${id}`), "Filed, sealed. It counts once it is signed.");
    },
  }),
  get("/documents/:id", {
    needs: "studies.documents.study",
    params: byId,
    run: async ({ params }, ctx) => DocumentPage(await onePage(ctx, params.id)),
  }),
  get("/documents/:id/file", {
    needs: "studies.documents.study",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(documentContent, params);
      const bytes = await ctx.open(row.content, { row: row.id }, "to read an essential document");
      return await ctx.file("studies.document", row.filename, { kind: "kept", type: "pdf", body: [bytes] }, [row.id]);
    },
  }),
  ...(["sign", "read"] as const).map((how) =>
    post(`/documents/:id/${how}`, {
      needs: how === "sign" ? "studies.documents.sign" : "studies.documents.study",
      signs: how === "sign" ? "studies.document_signed" : "studies.document_read",
      params: byId,
      refused: async (typed, problems, ctx, params) =>
        DocumentPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
      async run({ params }, ctx) {
        const page = await onePage(ctx, params.id);
        if (!page[how])
          throw Problem.refused(
            how === "sign" ? "Only the newest version is signed, once." : "That is noted, or need not be.",
          );
        const { row } = page;
        await ctx.db.one(addDocumentMark, {
          documentId: row.id,
          siteId: row.siteId,
          personId: ctx.actor.id ?? "",
          mark: how === "sign" ? "signed" : "read",
        });
        await ctx.sign(signedDocument(row));
        if (how === "sign") await keepCard(ctx);
        ctx.audit(how === "sign" ? "studies.document_signed" : "studies.document_read", {
          version: row.version,
          document: page.title,
        });
        return new Redirect(
          ctx.url(`/documents/${row.id}`),
          how === "sign" ? "Signed." : "Noted: read and understood.",
        );
      },
    }),
  ),
];
