/**
 * What a participant sees, on his own telephone or on the study's tablet. Every page asks one thing, every act is a form
 * that works without scripts, and nothing is decided by a page that was only looked at.
 */
import { drawingFrom } from "@core/documents/drawing.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { Type as t } from "@sinclair/typebox";
import { giveFile, playCaptions, playFile } from "../beside.ts";
import { completeIfWhole, digestOfSigned } from "../completing.ts";
import { needsTalk } from "../comprehension.ts";
import { hex, mediaOf } from "../document.ts";
import { levels, methodsInWords } from "../identification.ts";
import type { Medium } from "../medium.ts";
import type { Econsent } from "../names.ts";
import { choicesMade, mayShow, nextScreen, openedParts, type Screen } from "../reading.ts";
import type { SignerRole } from "../signers.ts";
import { addReading, addSignature, addStep, questionsOf, readingsOf } from "../store/consents.ts";
import { signatures } from "../tables.ts";
import { dayOf, textInForce } from "../versions.ts";
import {
  BesidePage,
  ChoicePage,
  DonePage,
  EndPage,
  GlossaryPage,
  QuizPage,
  ReadPage,
  SignPage,
  StartPage,
  TalkPage,
} from "../views/portal.tsx";
import { askingRoutes } from "./portal-asking.ts";
import { gateRoutes } from "./portal-gate.ts";
import { insideOf, speaking, stayAwake, type Turn, takeTurn, text, turnOrWay } from "./portal-here.ts";
import { mineRoutes } from "./portal-mine.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const at = t.Object({ at: t.Integer({ minimum: 1, maximum: 99 }) });
const byPart = t.Object({ part: t.String({ maxLength: 40 }) });
type Reader = Exclude<SignerRole, "investigator">;

export const portalRoutes = [
  ...gateRoutes,
  ...askingRoutes,
  ...mineRoutes,
  get("/next", {
    needs: "econsent.own",
    async run(_, ctx) {
      const turn = await turnOrWay(ctx);
      return turn instanceof Redirect ? turn : new Redirect(ctx.url(pathOf(turn)));
    },
  }),

  get("/start", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      const { signer, found } = inside;
      if (!signer || !found || signer.hasSigned || found.decline) return new Redirect(ctx.url("/next"));
      const current = await textInForce(ctx, found.consent);
      if (!current) return new Redirect(ctx.url("/wait"));
      const before = await ctx.db.all(readingsOf, { signerId: signer.id });
      return StartPage({
        ...inside,
        at: ctx.url(""),
        title: current.content.title,
        role: signer.role as Reader,
        isNew: before.length === 0,
        changes: before.length > 0 || found.consent.cause === "amendment" ? current.version.changes : "",
      });
    },
  }),

  post("/start", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      const { signer, found } = inside;
      if (!signer || !found || signer.hasSigned || found.decline) return new Redirect(ctx.url("/next"));
      const current = await textInForce(ctx, found.consent);
      if (!current) return new Redirect(ctx.url("/wait"));
      const [last] = await ctx.db.all(readingsOf, { signerId: signer.id });
      if (last?.versionId === current.version.id) return new Redirect(ctx.url("/next"));
      const { subjectId, id: signerId, consentId } = signer;
      await ctx.db.one(addReading, {
        id: Bun.randomUUIDv7(),
        subjectId,
        consentId,
        signerId,
        versionId: current.version.id,
        ordinal: (last?.ordinal ?? 0) + 1,
      });
      await stayAwake(ctx);
      ctx.audit("econsent.reading_begun", {
        ...speaking(signer),
        number: current.version.number,
        language: current.version.language,
        document: current.version.document,
      });
      return new Redirect(ctx.url("/next"));
    },
  }),

  get("/read/:at", {
    needs: "econsent.own",
    params: at,
    run: ({ params }, ctx) =>
      onScreen(ctx, { kind: "read", at: params.at - 1 }, (turn, frame) => {
        const section = turn.text.content.sections[params.at - 1];
        if (!section) throw Problem.notFound();
        return ReadPage({
          ...frame,
          section,
          media: mediaOf(turn.text.content, section.id),
          opened: openedParts(turn.steps),
          here: ctx.url(`/read/${params.at}`),
        });
      }),
  }),

  // The full text and what is beside it are asked for, so that it is known what was opened: with and without scripts.
  post("/open/:part", {
    needs: "econsent.own",
    params: t.Object({ part: t.String({ maxLength: 60 }) }),
    async run({ params: { part } }, ctx) {
      const turn = await turnOrWay(ctx);
      if (turn instanceof Redirect) return turn;
      const { content } = turn.text;
      const section = content.sections.findIndex(({ id }) => id === part);
      const medium = content.media?.find(({ id }) => id === part);
      if (section < 0 && !medium) throw Problem.notFound();
      const place = medium ? content.sections.findIndex(({ id }) => id === medium.section) : section;
      const isHere = mayShow({ kind: "read", at: place }, content, turn.asked, turn.steps);
      // What is not his turn to see is not opened, and so not said to have been.
      if (!medium && !isHere) return new Redirect(ctx.url(pathOf(turn)));
      await stayAwake(ctx);
      if (!openedParts(turn.steps).has(part)) {
        await ctx.db.one(addStep, { ...stepBy(turn), kind: "opened", part, openedFull: medium ? null : true });
        ctx.audit("econsent.opened", {
          ...speaking(turn.signer),
          part: medium ? `a ${medium.kind} beside the text` : `the full text of section ${section + 1}`,
        });
      }
      if (medium?.kind === "pdf") return new Redirect(ctx.url(`/media/${part}/file`));
      return new Redirect(`${ctx.url(isHere ? `/read/${place + 1}` : "/beside")}#opened-${part}`);
    },
  }),

  // What the page tells when somebody presses play; without scripts it stays at what was asked for.
  post("/played/:part", {
    needs: "econsent.own",
    params: t.Object({ part: t.String({ maxLength: 60 }) }),
    async run({ params: { part } }, ctx) {
      const turn = await takeTurn(ctx);
      if (turn instanceof Redirect) return turn;
      const medium = turn.text.content.media?.find(({ id }) => id === part);
      if (!medium || medium.kind === "pdf" || !openedParts(turn.steps).has(part)) throw Problem.notFound();
      if (!turn.steps.some((step) => step.kind === "played" && step.part === part)) {
        await ctx.db.one(addStep, { ...stepBy(turn), kind: "played", part });
        ctx.audit("econsent.played", { ...speaking(turn.signer), part: `a ${medium.kind} beside the text` });
      }
      return new Redirect(ctx.url("/beside"));
    },
  }),

  get("/beside", {
    needs: "econsent.own",
    async run(_, ctx) {
      const turn = await turnOrWay(ctx);
      if (turn instanceof Redirect) return turn;
      const media = turn.text.content.media ?? [];
      return BesidePage({ ...turn, at: ctx.url(""), media, opened: openedParts(turn.steps) });
    },
  }),

  get("/media/:part/file", {
    needs: "econsent.own",
    params: byPart,
    async run({ params }, ctx) {
      const medium = await mediumHere(ctx, params.part);
      return medium.kind === "pdf" ? giveFile(ctx, medium) : playFile(ctx, medium);
    },
  }),

  get("/media/:part/captions", {
    needs: "econsent.own",
    params: byPart,
    run: async ({ params }, ctx) => playCaptions(await mediumHere(ctx, params.part)),
  }),

  post("/read/:at", {
    needs: "econsent.own",
    params: at,
    run: ({ params }, ctx) =>
      byTurn(ctx, { kind: "read", at: params.at - 1 }, async (turn) => {
        const section = turn.text.content.sections[params.at - 1];
        if (!section) throw Problem.notFound();
        const openedFull = openedParts(turn.steps).has(section.id);
        await ctx.db.one(addStep, { ...stepBy(turn), kind: "read", part: section.id, openedFull });
        ctx.audit("econsent.read", { ...speaking(turn.signer), part: `section ${params.at}` });
        return new Redirect(ctx.url("/next"));
      }),
  }),

  get("/quiz/:at", {
    needs: "econsent.own",
    params: at,
    query: t.Object({ wrong: t.Optional(t.String()) }),
    run: ({ params, query }, ctx) =>
      onScreen(ctx, { kind: "quiz", at: params.at - 1 }, (turn, frame) => {
        const question = turn.text.content.questions[params.at - 1];
        if (!question) throw Problem.notFound();
        if (waitsForTalk(turn, ctx.settings.wrongAnswers)) return TalkPage(frame);
        return QuizPage({
          ...frame,
          question,
          here: ctx.url(`/quiz/${params.at}`),
          explain: query.wrong === undefined ? null : question.explain,
        });
      }),
  }),

  post("/quiz/:at", {
    needs: "econsent.own",
    params: at,
    body: t.Object({ answer: t.Optional(t.Integer({ minimum: 0, maximum: 20 })) }),
    refused: async (typed, problems, ctx, params) => {
      const turn = await turnOrWay(ctx);
      const question = turn instanceof Redirect ? null : turn.text.content.questions[params.at - 1];
      if (turn instanceof Redirect || !question) throw Problem.notFound();
      return QuizPage({
        ...frameOf(ctx, turn, { kind: "quiz", at: params.at - 1 }),
        question,
        here: ctx.url(`/quiz/${params.at}`),
        explain: null,
        form: formAgain(typed, problems),
      });
    },
    run: ({ params, body }, ctx) =>
      byTurn(ctx, { kind: "quiz", at: params.at - 1 }, async (turn) => {
        const question = turn.text.content.questions[params.at - 1];
        if (!question) throw Problem.notFound();
        if (waitsForTalk(turn, ctx.settings.wrongAnswers)) return new Redirect(ctx.url(`/quiz/${params.at}`));
        if (body.answer === undefined || body.answer >= question.options.length)
          throw Problem.invalid({ answer: turn.words.chooseAnswer });
        const isRight = body.answer === question.right;
        await ctx.db.one(addStep, {
          ...stepBy(turn),
          kind: "answered",
          part: question.id,
          value: String(body.answer),
          isRight,
        });
        ctx.audit("econsent.answered", { ...speaking(turn.signer), how: isRight ? "right" : "not right" });
        return new Redirect(ctx.url(isRight ? "/next" : `/quiz/${params.at}?wrong=1`));
      }),
  }),

  get("/choice/:at", {
    needs: "econsent.own",
    params: at,
    run: ({ params }, ctx) =>
      onScreen(ctx, { kind: "choice", at: params.at - 1 }, (turn, frame) => {
        const choice = turn.text.content.choices[params.at - 1];
        if (!choice) throw Problem.notFound();
        return ChoicePage({
          ...frame,
          choice,
          here: ctx.url(`/choice/${params.at}`),
          chosen: choicesMade(turn.text.content, turn.steps)[choice.id] ?? null,
        });
      }),
  }),

  post("/choice/:at", {
    needs: "econsent.own",
    params: at,
    body: t.Object({ yes: t.Union([t.Literal("yes"), t.Literal("no")]) }),
    run: ({ params, body }, ctx) =>
      byTurn(ctx, { kind: "choice", at: params.at - 1 }, async (turn) => {
        const choice = turn.text.content.choices[params.at - 1];
        if (!choice) throw Problem.notFound();
        await ctx.db.one(addStep, { ...stepBy(turn), kind: "chose", part: choice.id, value: body.yes });
        return new Redirect(ctx.url("/next"));
      }),
  }),

  get("/sign", {
    needs: "econsent.own",
    run: (_, ctx) => onScreen(ctx, { kind: "sign" }, async (turn, frame) => SignPage(await signPage(ctx, turn, frame))),
  }),

  post("/sign", {
    needs: "econsent.own",
    bodyLimit: 400_000,
    body: t.Object({
      version: t.Optional(t.String({ maxLength: 64 })),
      agreed: t.Optional(t.Array(t.String({ maxLength: 40 }), { maxItems: 40 })),
      name: text(120),
      relation: text(80),
      drawing: text(260_000),
    }),
    refused: async (typed, problems, ctx) => {
      const turn = await turnOrWay(ctx);
      if (turn instanceof Redirect) throw Problem.notFound();
      const { drawing: _, ...kept } = typed;
      return SignPage({
        ...(await signPage(ctx, turn, frameOf(ctx, turn, { kind: "sign" }))),
        form: formAgain(kept, problems),
      });
    },
    run: ({ body }, ctx) =>
      byTurn(ctx, { kind: "sign" }, async (turn) => {
        const { words, signer, found, reading, text: current, entry } = turn;
        // The page that was signed is the page of this version: an old page in another window signs nothing.
        if (body.version !== hex(current.sha256)) return new Redirect(ctx.url("/next"));
        if (levels[entry.method] < levels[ctx.settings.leastIdentity]) return new Redirect(ctx.url("/wait"));
        const waiting = (await ctx.db.all(questionsOf, { subjectId: signer.subjectId })).some(
          (one) => one.consentId === found.consent.id && one.holds && !one.replyId,
        );
        if (waiting) throw Problem.invalid({ "": words.questionOpen });
        const problems: Record<string, string> = {};
        const agreed = new Set(body.agreed ?? []);
        if (current.content.agreements.some(({ id }) => !agreed.has(id))) problems.agreed = words.agreeAll;
        const name = (body.name ?? "").normalize("NFC").replace(/\s+/g, " ");
        if (!/\p{L}.*\p{L}/u.test(name)) problems.name = words.nameMissing;
        const isFor = signer.role === "representative";
        if (isFor && !body.relation) problems.relation = words.relationMissing;
        const picture = body.drawing ? drawingFrom(body.drawing) : null;
        if (body.drawing && !picture) problems.drawing = words.drawWrong;
        if (Object.keys(problems).length > 0) throw Problem.invalid(problems);

        const id = Bun.randomUUIDv7();
        const { subjectId } = signer;
        const role = signer.role as Reader;
        const place = { row: id, subject: subjectId };
        const signed = {
          consentId: found.consent.id,
          signerId: signer.id,
          versionId: current.version.id,
          documentSha256: hex(current.sha256),
          role,
          way: picture ? ("drawn" as const) : ("typed" as const),
          meaning: words.meaning[role],
          name,
          relation: isFor ? (body.relation ?? "") : null,
          drawing: picture ? (body.drawing ?? null) : null,
          answers: {
            ...Object.fromEntries(current.content.agreements.map((one) => [one.id, "yes" as const])),
            ...choicesMade(current.content, turn.steps),
          },
          signedOn: dayOf(ctx.now),
        };
        const digest = digestOfSigned(signed);
        await ctx.db.one(addSignature, {
          id,
          subjectId,
          consentId: signed.consentId,
          signerId: signed.signerId,
          readingId: reading.id,
          versionId: signed.versionId,
          role,
          way: signed.way,
          method: entry.method,
          meaning: signed.meaning,
          name: await ctx.seal(signatures.name, signed.name, place),
          relation: signed.relation === null ? null : await ctx.seal(signatures.relation, signed.relation, place),
          drawing: signed.drawing === null ? null : await ctx.seal(signatures.drawing, signed.drawing, place),
          answers: signed.answers,
          documentSha256: current.sha256,
          contentSha256: digest,
          signedOn: signed.signedOn,
        });
        ctx.audit("econsent.signed", {
          ...speaking(signer),
          number: current.version.number,
          language: current.version.language,
          document: current.version.document,
          way: signed.way,
          method: methodsInWords[entry.method],
          digest: hex(digest).slice(0, 16),
        });
        await completeIfWhole(ctx, found.consent, current.version);
        return new Redirect(ctx.url("/done"));
      }),
  }),

  get("/done", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      const { signer, found, invitation } = inside;
      if (!signer?.hasSigned || !found) return new Redirect(ctx.url("/next"));
      return DonePage({
        ...inside,
        at: ctx.url(""),
        isWhole: found.completion !== null,
        copyHref: signer.role === "witness" ? null : ctx.url(`/copy/${found.consent.id}`),
        isKiosk: invitation.isKiosk,
        mineHref: signer.role === "witness" || invitation.isKiosk ? null : ctx.url("/mine"),
      });
    },
  }),

  post("/finish", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      await endLink(ctx, inside.entry.linkId);
      const { words } = inside;
      return EndPage({
        ...inside,
        title: inside.signer?.hasSigned ? words.doneTitle : words.pausedTitle,
        lead: inside.invitation.isKiosk ? words.finishedKiosk : words.finished,
      });
    },
  }),

  post("/pause", {
    needs: "econsent.own",
    async run(_, ctx) {
      const turn = await turnOrWay(ctx);
      if (turn instanceof Redirect) return turn;
      await ctx.db.one(addStep, { ...stepBy(turn), kind: "paused", part: "pause" });
      await endLink(ctx, turn.entry.linkId);
      ctx.audit("econsent.paused", speaking(turn.signer));
      const { words, invitation } = turn;
      return EndPage({
        ...turn,
        title: words.pausedTitle,
        lead: invitation.isKiosk ? words.finishedKiosk : words.pausedLead,
      });
    },
  }),

  get("/wait", {
    needs: "econsent.own",
    async run(_, ctx) {
      const inside = await insideOf(ctx);
      const { words, found } = inside;
      const declined = found?.decline?.signerId != null;
      return EndPage({
        ...inside,
        title: declined ? words.declinedTitle : words.nothing,
        lead: declined ? words.declinedLead : words.nothingLead,
      });
    },
  }),

  get("/words", {
    needs: "econsent.own",
    async run(_, ctx) {
      const turn = await turnOrWay(ctx);
      if (turn instanceof Redirect) return turn;
      return GlossaryPage({ ...turn, at: ctx.url(""), glossary: turn.text.content.glossary });
    },
  }),
];

/** Only what stands in the text this signer has before him. */
async function mediumHere(ctx: Context<Econsent>, part: string): Promise<Medium> {
  const turn = await turnOrWay(ctx);
  const medium = turn instanceof Redirect ? undefined : turn.text.content.media?.find(({ id }) => id === part);
  if (!medium) throw Problem.notFound();
  return medium;
}

const stepBy = ({ signer, reading }: Turn) => ({
  subjectId: signer.subjectId,
  signerId: signer.id,
  readingId: reading.id,
  value: null,
  isRight: null,
  openedFull: null,
});

function pathOf({ text: { content }, asked, steps }: Turn): string {
  const { screen } = nextScreen(content, asked, steps);
  return screen.kind === "sign" ? "/sign" : `/${screen.kind}/${screen.at + 1}`;
}

/** Two wrong answers to one question, and nobody has talked it over yet. */
function waitsForTalk({ text: { content }, steps }: Turn, most: number): boolean {
  const answers = steps.flatMap(({ kind, part, isRight }) =>
    kind === "answered" ? [{ questionId: part, isRight: isRight === true }] : [],
  );
  return needsTalk(content.questions, answers, most).some(
    ({ id }) =>
      !steps.some((step) => step.part === id && (step.kind === "talked" || (step.kind === "answered" && step.isRight))),
  );
}

function frameOf(ctx: Context<Econsent>, turn: Turn, screen: Screen) {
  const { content } = turn.text;
  const screens = nextScreen(content, turn.asked, turn.steps);
  const before = [content.sections.length, turn.asked.quiz ? content.questions.length : 0];
  const [read = 0, quiz = 0] = before;
  const here =
    screen.kind === "read"
      ? screen.at
      : screen.kind === "quiz"
        ? read + screen.at
        : screen.kind === "choice"
          ? read + quiz + screen.at
          : screens.of - 1;
  const part =
    screen.kind === "read"
      ? content.sections[screen.at]?.id
      : screen.kind === "sign"
        ? "sign"
        : `${screen.kind}-${screen.at + 1}`;
  const previous =
    here === 0
      ? null
      : here <= read
        ? `/read/${here}`
        : here <= read + quiz
          ? `/quiz/${here - read}`
          : `/choice/${here - read - quiz}`;
  return {
    ...turn,
    at: ctx.url(""),
    number: here + 1,
    of: screens.of,
    backHref: previous && ctx.url(previous),
    askHref: ctx.url(`/ask?part=${part ?? "whole"}`),
    wordsHref: content.glossary.length > 0 ? ctx.url("/words") : null,
    besideHref: content.media?.length ? ctx.url("/beside") : null,
  };
}

export type ScreenFrame = ReturnType<typeof frameOf>;

type Shown = ReturnType<typeof ReadPage>;

async function onScreen(
  ctx: Context<Econsent>,
  screen: Screen,
  show: (turn: Turn, frame: ScreenFrame) => Shown | Promise<Shown>,
): Promise<Shown | Redirect> {
  const turn = await turnOrWay(ctx);
  if (turn instanceof Redirect) return turn;
  if (!mayShow(screen, turn.text.content, turn.asked, turn.steps)) return new Redirect(ctx.url(pathOf(turn)));
  return show(turn, frameOf(ctx, turn, screen));
}

/** An act on a screen that is not due, or of a version that is over, does nothing and leads to where one is. */
async function byTurn(
  ctx: Context<Econsent>,
  screen: Screen,
  act: (turn: Turn) => Promise<Redirect>,
): Promise<Redirect> {
  const turn = await takeTurn(ctx);
  if (turn instanceof Redirect) return turn;
  if (!mayShow(screen, turn.text.content, turn.asked, turn.steps)) return new Redirect(ctx.url(pathOf(turn)));
  return act(turn);
}

async function signPage(ctx: Context<Econsent>, turn: Turn, frame: ScreenFrame) {
  const { content, version, sha256 } = turn.text;
  const made = choicesMade(content, turn.steps);
  const waiting = (await ctx.db.all(questionsOf, { subjectId: turn.signer.subjectId })).some(
    (one) => one.consentId === turn.found.consent.id && one.holds && !one.replyId,
  );
  return {
    ...frame,
    role: turn.signer.role as Reader,
    versionNumber: version.number,
    title: content.title,
    digest: hex(sha256),
    agreements: content.agreements,
    choices: turn.asked.choices
      ? content.choices.map(({ id, text: sentence }, index) => ({
          text: sentence,
          yes: made[id] === "yes",
          href: ctx.url(`/choice/${index + 1}`),
        }))
      : [],
    isWaiting: waiting,
  };
}
