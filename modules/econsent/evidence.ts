/** Everything that shows how one consent came about: what was opened and for how long, answers, identity, signatures. */
import type { Context } from "@core/module.ts";
import { digestOfSigned } from "./completing.ts";
import { allSectionsOf, type Content, digestOf, hex, type Language, languageNames } from "./document.ts";
import type { ConsentFound } from "./found.ts";
import type { Method } from "./identification.ts";
import type { Econsent } from "./names.ts";
import { opened } from "./opened.ts";
import { type PaperWords, paperWordsIn } from "./paper-words.ts";
import type { SignerRole } from "./signers.ts";
import {
  entriesOf,
  papersOf,
  participantById,
  questionsOf,
  readingsOfConsent,
  signedOf,
  stepsOf,
} from "./store/consents.ts";
import { textById, versionById } from "./store/documents.ts";
import type { Way } from "./tables.ts";

export interface SignedEvidence {
  readonly role: SignerRole;
  /** Null where the reader may not know who it is. */
  readonly name: string | null;
  readonly relation: string | null;
  readonly drawing: string | null;
  readonly way: Way;
  readonly method: Method | null;
  readonly meaning: string;
  readonly on: string;
  readonly at: Date;
  readonly digest: string;
  /** The digest made anew from what is kept now: true when it is still the one that was signed. Null without the names. */
  readonly stands: boolean | null;
}
export interface Evidence {
  readonly code: string;
  readonly institution: string;
  readonly workspace: string;
  /** Whose clock its times are printed by. */
  readonly zone: string;
  readonly document: string;
  readonly number: number | null;
  readonly language: string;
  readonly content: Content | null;
  readonly documentDigest: string;
  readonly documentStands: boolean;
  readonly signed: readonly SignedEvidence[];
  readonly waiting: readonly SignerRole[];
  readonly choices: readonly { readonly text: string; readonly yes: boolean }[];
  readonly took: readonly { readonly at: Date; readonly what: string; readonly seconds: number | null }[];
  readonly effectiveAt: Date | null;
  readonly cause: string;
  readonly papers: readonly {
    readonly id: string;
    readonly digest: string;
    readonly bytes: number;
    readonly at: Date;
  }[];
  readonly rowIds: readonly string[];
}

export async function evidenceOf(
  ctx: Context<Econsent>,
  { consent, signers, completion }: ConsentFound,
  { names, language = "en" }: { readonly names: boolean; readonly language?: Language },
): Promise<Evidence> {
  const words = paperWordsIn[language];
  const { happened } = words;
  const { subjectId } = consent;
  const { code } = await ctx.db.one(participantById, { id: subjectId });
  const rows = await ctx.db.all(signedOf, { consentId: consent.id });
  const texts = names
    ? await opened(
        ctx,
        subjectId,
        rows.flatMap((row) => [
          { row: row.id, part: "name", value: row.name },
          { row: row.id, part: "relation", value: row.relation },
          { row: row.id, part: "drawing", value: row.drawing },
        ]),
        "to show who signed",
      )
    : null;
  const readings = await ctx.db.all(readingsOfConsent, { consentId: consent.id });
  const versionId = rows[0]?.versionId ?? readings.at(-1)?.versionId ?? null;
  const version = versionId ? await ctx.db.one(versionById, { id: versionId }) : null;
  const content = version?.textId ? (await ctx.db.one(textById, { id: version.textId })).content : null;
  const documentDigest = version?.sha256 ? hex(version.sha256) : "";
  const entries = (await ctx.db.all(entriesOf, { subjectId })).filter(({ signerId }) =>
    signers.some(({ id }) => id === signerId),
  );
  const questions = (await ctx.db.all(questionsOf, { subjectId })).filter(({ consentId }) => consentId === consent.id);
  const papers = await ctx.db.all(papersOf, { consentId: consent.id });
  const roleOf = (signerId: string | null) =>
    words.roles[signers.find(({ id }) => id === signerId)?.role ?? "participant"];

  const took: { at: Date; what: string; seconds: number | null }[] = [];
  for (const entry of entries)
    took.push({
      at: entry.madeAt,
      what: `${roleOf(entry.signerId)}: ${happened.entered(words.methods[entry.method])}${entry.device ? `. ${entry.device}` : ""}`,
      seconds: null,
    });
  for (const reading of readings) {
    const who = roleOf(reading.signerId);
    took.push({ at: reading.madeAt, what: `${who}: ${happened.version(reading.number)}`, seconds: null });
    let last = reading.madeAt;
    for (const step of await ctx.db.all(stepsOf, { readingId: reading.id })) {
      const seconds = Math.round((step.madeAt.getTime() - last.getTime()) / 1000);
      last = step.madeAt;
      took.push({
        at: step.madeAt,
        what: `${who}: ${stepInWords(step, content, words)}`,
        seconds: step.kind === "talked" ? null : seconds,
      });
    }
  }
  for (const question of questions) {
    took.push({
      at: question.madeAt,
      what: `${roleOf(question.signerId)}: ${happened.asked(question.holds)}`,
      seconds: null,
    });
    if (question.repliedAt)
      took.push({ at: question.repliedAt, what: `${words.team}: ${happened.replied}`, seconds: null });
  }
  for (const row of rows)
    took.push({
      at: row.madeAt,
      what: `${words.roles[row.role]}: ${happened.signed(words.ways[row.way])}`,
      seconds: null,
    });
  took.sort((a, b) => a.at.getTime() - b.at.getTime());

  const chosen = rows.find(({ answers }) => content?.choices.some(({ id }) => answers[id]))?.answers ?? {};
  return {
    code,
    institution: ctx.tenant.name,
    workspace: ctx.workspace.title,
    zone: ctx.settings.zone,
    document: consent.document,
    number: version?.number ?? null,
    language: languageNames[consent.language],
    content,
    documentDigest,
    documentStands: content !== null && hex(digestOf(content)) === documentDigest,
    signed: rows.map((row) => {
      const name = texts?.(row.id, "name") ?? null;
      const relation = row.relation ? (texts?.(row.id, "relation") ?? null) : null;
      const drawing = row.drawing ? (texts?.(row.id, "drawing") ?? null) : null;
      const digest = hex(row.contentSha256);
      return {
        role: row.role,
        name,
        relation,
        drawing,
        way: row.way,
        method: row.method,
        meaning: row.meaning,
        on: row.signedOn,
        at: row.madeAt,
        digest,
        stands:
          name === null
            ? null
            : digest ===
              hex(
                digestOfSigned({
                  consentId: row.consentId,
                  signerId: row.signerId,
                  versionId: row.versionId,
                  documentSha256: hex(row.documentSha256),
                  role: row.role,
                  way: row.way,
                  meaning: row.meaning,
                  name,
                  relation,
                  drawing,
                  answers: row.answers,
                  signedOn: row.signedOn,
                }),
              ),
      };
    }),
    waiting: signers.filter(({ hasSigned }) => !hasSigned).map(({ role }) => role),
    choices: (content?.choices ?? []).map(({ id, text }) => ({ text, yes: chosen[id] === "yes" })),
    took,
    effectiveAt: completion?.madeAt ?? null,
    cause: consent.cause,
    papers: papers.map(({ id, sha256, bytes, madeAt }) => ({ id, digest: hex(sha256), bytes, at: madeAt })),
    rowIds: [consent.id, ...rows.map(({ id }) => id), ...readings.map(({ id }) => id)],
  };
}

interface Step {
  readonly kind: string;
  readonly part: string;
  readonly value: string | null;
  readonly isRight: boolean | null;
  readonly openedFull: boolean | null;
}
function stepInWords({ kind, part, value, isRight, openedFull }: Step, content: Content | null, words: PaperWords) {
  const { happened } = words;
  const section = (content ? allSectionsOf(content) : []).find(({ id }) => id === part)?.title ?? part;
  switch (kind) {
    case "read":
      return happened.read(section, openedFull);
    case "opened":
      return openedFull
        ? happened.full(section)
        : happened.opened(content?.media?.find(({ id }) => id === part)?.title ?? part);
    case "played":
      return happened.played(content?.media?.find(({ id }) => id === part)?.title ?? part);
    case "answered":
      return happened.answered(isRight === true);
    case "chose":
      return happened.chose(content?.choices.find(({ id }) => id === part)?.text ?? part, value);
    case "talked":
      return happened.talked;
    case "paused":
      return happened.paused;
    default:
      return kind;
  }
}
