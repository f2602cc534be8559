/** The builder's pages for what stands beside a text: a recording, a video, a PDF. */
import { upload } from "@core/http/input.ts";
import { type Context, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { giveFile, keepFile, playCaptions, playFile } from "../beside.ts";
import { isCaptions, kindOf, type Medium, typeOfMedium, whyNotMedium } from "../medium.ts";
import type { Econsent } from "../names.ts";
import { findVersion } from "../versions.ts";
import { MediumPage } from "../views/media.tsx";
import { byPart, draftOf, freshId, partPage, saveDraft } from "./documents.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const mediumBody = t.Object({
  ordinal: t.Integer({ minimum: 1 }),
  file: t.Optional(upload({ title: "the file" })),
  captions: t.Optional(upload({ title: "the captions" })),
  section: t.Optional(t.String({ title: "Where it stands", maxLength: 40 })),
  title: t.String({ title: "Title", minLength: 2, maxLength: 120 }),
  transcript: t.Optional(t.String({ title: "Transcript", maxLength: 20_000 })),
  act: t.Optional(t.Union([t.Literal("save"), t.Literal("remove")])),
});

export const mediaRoutes = [
  get("/versions/:id/media/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    run: async ({ params }, ctx) => MediumPage(partPage(ctx, await draftOf(ctx, params.id), params.part)),
  }),
  post("/versions/:id/media/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    bodyLimit: 34_000_000,
    body: mediumBody,
    refused: async (typed, problems, ctx, params) =>
      MediumPage({ ...partPage(ctx, await draftOf(ctx, params.id), params.part), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const { content } = found.text;
      const { media = [] } = content;
      const before = media.find(({ id }) => id === params.part);
      if (params.part !== "new" && !before) throw Problem.notFound();
      const others = media.filter((medium) => medium !== before);
      if (body.act === "remove") {
        const { media: _, ...rest } = content;
        const left = others.length > 0 ? { ...rest, media: others } : rest;
        return saveDraft(ctx, found, body.ordinal, left, `“${body.title}” taken out`);
      }
      if (body.section && !content.sections.some(({ id }) => id === body.section))
        throw Problem.invalid({ section: "Choose a section of this document." });
      const bytes = body.file?.bytes;
      if (!bytes && !before) throw Problem.invalid({ file: "Choose the file." });
      const why = bytes ? whyNotMedium(bytes) : null;
      if (why) throw Problem.invalid({ file: why });
      const captions = body.captions ? captionsIn(body.captions.bytes) : (before?.captions ?? "");
      // Whoever is told of a draft saved in between has not sent a file for nothing to be kept.
      if (body.ordinal !== found.text.ordinal) throw new Problem("conflict");
      const type = bytes ? typeOfMedium(bytes) : before?.file.type;
      const file = bytes ? await keepFile(ctx, found.version.documentId, bytes) : before?.file;
      if (!type || !file) throw Problem.notFound();
      const medium: Medium = {
        id: before?.id ?? freshId("m", media),
        kind: kindOf(type),
        section: body.section ?? null,
        title: body.title,
        transcript: body.transcript ?? "",
        captions: kindOf(type) === "video" ? captions : "",
        file,
      };
      const kept = before ? media.map((one) => (one === before ? medium : one)) : [...media, medium];
      return saveDraft(ctx, found, body.ordinal, { ...content, media: kept }, `“${body.title}” beside the text`);
    },
  }),
  get("/versions/:id/media/:part/file", {
    needs: "econsent.media.read",
    params: byPart,
    async run({ params }, ctx) {
      const medium = await mediumOf(ctx, params);
      return medium.kind === "pdf" ? giveFile(ctx, medium) : playFile(ctx, medium);
    },
  }),
  get("/versions/:id/media/:part/captions", {
    needs: "econsent.media.read",
    params: byPart,
    run: async ({ params }, ctx) => playCaptions(await mediumOf(ctx, params)),
  }),
];

async function mediumOf(ctx: Context<Econsent>, { id, part }: { id: string; part: string }): Promise<Medium> {
  const medium = (await findVersion(ctx, id)).text.content.media?.find((one) => one.id === part);
  if (!medium) throw Problem.notFound();
  return medium;
}

function captionsIn(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).replaceAll("\r\n", "\n");
  if (!isCaptions(text))
    throw Problem.invalid({
      captions: "Captions are a WebVTT file (.vtt): its first line says WEBVTT, and each caption has its times.",
    });
  return text;
}
