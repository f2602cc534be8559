/**
 * What a model wrote is checked before anyone reads it: a chain of checks, each with its reason. One fault and the
 * reply is written once more with the reasons; a second time, a fixed text goes out and a coach is told.
 */

import { plainWords } from "@core/sms/wording.ts";
import { medicineWords } from "./dose-intent.ts";
import { type Locale, readingGrade } from "./reading-grade.ts";
import { inGsmLetters, segmentsOf } from "./segments.ts";

export type ReplyFault =
  | "empty"
  | "dose"
  | "diagnosis"
  | "reassurance"
  | "length"
  | "other-person"
  | "name-and-condition"
  | "link"
  | "phone"
  | "grade"
  | "instructions"
  | "markup";

export interface ReplyContext {
  readonly locale: Locale;
  /** Host names that a link may lead to. */
  readonly hosts: readonly string[];
  /** In any notation; digits are compared. 911 and 988 are always allowed. */
  readonly phones: readonly string[];
  /** The member's own names. */
  readonly ownNames: readonly string[];
  /** Names a reply may carry beside the member's: the coach, the program. */
  readonly knownNames: readonly string[];
  /** Names of other members: none may appear. */
  readonly otherNames: readonly string[];
  /** Put into the instructions, so that a reply which repeats them gives itself away. */
  readonly canary: string;
  readonly highestGrade?: number;
  readonly mostSegments?: number;
}

export interface FaultFound {
  readonly fault: ReplyFault;
  /** Sent back to the model for its one other try. Never quotes the member. */
  readonly reason: string;
}

type Check = (reply: string, context: ReplyContext) => FaultFound | null;
const fault = (kind: ReplyFault, reason: string): FaultFound => ({ fault: kind, reason });

const medicine = `(?:${medicineWords.join("|")})`;
const change =
  "(?:start|starting|stop|stopping|skip|skipping|increas\\w*|decreas\\w*|lower\\w*|rais\\w*|double|doubling|halv\\w*|half|reduc\\w*|adjust\\w*|chang\\w*|switch\\w*|restart|up your|cut|add|more|less|extra|another|inject\\w*|bolus|correct with|empiece|deje|dejar|salte|saltarse|aument\\w*|disminu\\w*|baje|bajar|suba|subir|doble|duplique|cambi\\w*|ajust\\w*|mas|menos|otra|inyect\\w*|suspend\\w*)";
const dosePatterns = [
  new RegExp(`\\b${change}(?: \\w+){0,4} ${medicine}\\b`),
  new RegExp(`\\b${medicine}(?: \\w+){0,3} (?:up|down|more|less|by half|dose|ratio|a la mitad|mas|menos)\\b`),
  /\b\d+ ?(?:units?|u|iu|mg|mcg|unidades|miligramos)\b(?! ?(?:dl|por dl))/,
  new RegExp(
    `\\b(?:\\d+|one|two|three|half|un|una|dos|tres|media) (?:\\w+ )?(?:${medicine}|pills?|tablets?|pastillas?|shots?|puffs?)\\b`,
  ),
  /\b(?:carb|carbs|insulin|correction) (?:ratio|factor)\b|\b1 to \d{1,2}\b|\bsliding scale\b/,
];

const diagnosis =
  /\b(?:you (?:have|might have|may have|probably have|likely have|are having|are developing|suffer from)|this (?:is|looks like|sounds like|could be)|sounds like you have|it (?:is|looks like|sounds like)|usted tiene|tiene usted|probablemente tiene|podria tener|esto (?:es|parece)) (?:a |an |un |una )?(?:case of |signs of |early |mild |severe |caso de )?(?:type [12] |tipo [12] )?(?:diabet\w*|neuropath\w*|neuropatia|retinopath\w*|ketoacidosis|cetoacidosis|dka|infection|infeccion|depress\w*|depresion|anxiety|ansiedad|heart (?:attack|disease|failure)|stroke|kidney \w+|hypertension|hipertension|cancer|thyroid\w*|anemia|gastropar\w*|hypo(?:glycemia)?|hyper(?:glycemia)?|hipoglucemia|hiperglucemia|celiac|flu|covid|ulcer|ulcera)\b/;

const reassurance =
  /\b(?:(?:you|its|it is|that|thats|everything|this|youre|you are)(?: is| are| will be|ll be|re)? (?:perfectly |totally |completely |probably |just |all )*(?:fine|ok|okay|safe|nothing|normal|harmless|not serious|no big deal)|nothing to worry|dont worry|no need to (?:worry|call|see)|(?:not|isnt) an emergency|(?:you )?dont need (?:to call|to see|to go|a doctor|the er|911)|no (?:se preocupe|te preocupes)|(?:esta|estara|va a estar) bien|no es (?:nada|grave|una emergencia)|no hace falta (?:llamar|ir)|no necesita (?:llamar|ir|un medico))\b/;

const conditions =
  /\b(?:diabet\w*|insulin\w*|a1c|hba1c|neuropath\w*|depress\w*|depresion|hiv|vih|pregnan\w*|embaraz\w*|cancer|kidney|renal|glucose|glucosa|sugar|azucar)\b/;

/** A grade says nothing about fewer words than these. */
const fewestWords = 8;

const checks: readonly Check[] = [
  (reply) => (/[\p{L}\p{N}]/u.test(reply) ? null : fault("empty", "The reply holds no words.")),
  (reply, { canary }) =>
    reply.includes(canary) ||
    /\b(?:system prompt|my instructions|as an ai language model|as a language model|i was instructed|mis instrucciones)\b/i.test(
      reply,
    )
      ? fault("instructions", "The reply speaks of its instructions. Answer the member only.")
      : null,
  (reply) =>
    /[<>{}]|```|\*\*|^#{1,6} |\]\(|&(?:lt|gt|amp|#\d+);|[\u202A-\u202E\u2066-\u2069]/m.test(reply)
      ? fault("markup", "Write plain text, without marks or code.")
      : null,
  (reply) => {
    const words = plainWords(reply).replaceAll(" / ", " ");
    return dosePatterns.some((pattern) => pattern.test(words))
      ? fault("dose", "Do not speak of doses or of changing a medicine. The care team does that.")
      : null;
  },
  (reply) =>
    diagnosis.test(plainWords(reply).replaceAll(" / ", " ")) ? fault("diagnosis", "Do not name a diagnosis.") : null,
  (reply) =>
    reassurance.test(plainWords(reply).replaceAll(" / ", " "))
      ? fault("reassurance", "Do not say that all is well. You cannot know.")
      : null,
  (reply, { mostSegments = 2 }) =>
    segmentsOf(inGsmLetters(reply)).segments > mostSegments || reply.length > 320
      ? fault("length", `Write less: at most ${mostSegments} messages and 320 letters.`)
      : null,
  otherPerson,
  (reply, { ownNames }) => {
    const names = ownNames.filter((name) => name.length > 1);
    return names.length > 1 && names.every((name) => mentions(reply, name)) && conditions.test(plainWords(reply))
      ? fault(
          "name-and-condition",
          "Do not put the full name beside a health matter. The first name is enough, or none.",
        )
      : null;
  },
  (reply, { hosts }) => {
    const strange = linksIn(reply).filter(
      (host) => !hosts.some((one) => host === one.toLowerCase() || host.endsWith(`.${one.toLowerCase()}`)),
    );
    return strange.length === 0 ? null : fault("link", "Give no link.");
  },
  (reply, { phones }) => {
    const known = new Set(["911", "988", ...phones.map(digitsOf)]);
    const strange = (
      reply.match(/\+?\d[\d\s().-]{5,18}\d|\b(?:call|text|llame|marque|dial)(?: al| a| to)? \d{3,6}\b/gi) ?? []
    ).filter((one) => {
      const digits = digitsOf(one);
      return !known.has(digits) && !known.has(digits.replace(/^1(?=\d{10}$)/, ""));
    });
    return strange.length === 0 ? null : fault("phone", "Give no telephone number.");
  },
  (reply, { locale, highestGrade = 6 }) =>
    fewestWords <= (reply.match(/\p{L}+/gu)?.length ?? 0) && readingGrade(reply, locale) > highestGrade
      ? fault("grade", `Use short words and short sentences: a sixth grader reads this.`)
      : null,
];

function otherPerson(reply: string, { otherNames, ownNames, knownNames }: ReplyContext): FaultFound | null {
  const mine = new Set([...ownNames, ...knownNames].flatMap((name) => name.toLowerCase().split(/\s+/)));
  const named = otherNames.some((name) => !mine.has(name.toLowerCase()) && mentions(reply, name));
  const spoken =
    /\b(?:another|other|one of our|un|otro|otra) (?:member|patient|client|user|miembro|paciente)s?(?:'s)? (?:has|had|is|was|named|called|sugar|reading|tiene|tuvo|llamad[oa])\b/i.test(
      reply,
    );
  return named || spoken ? fault("other-person", "Speak of nobody but the member.") : null;
}

const mentions = (reply: string, name: string) => {
  const words = ` ${plainWords(reply).replaceAll("/", " ")} `;
  const one = plainWords(name);
  return one.length > 1 && words.includes(` ${one} `);
};
const digitsOf = (text: string) => text.replace(/\D/g, "").replace(/^1(?=\d{10}$)/, "");

/** Words that begin a sentence of a coach and name nobody. */
const beginners = new Set(
  "i you your that this what how when where which who why the a an it its is are do did does can could would will if so and but or great good nice well thank thanks keep try tell let we my one for after before today tonight tomorrow every some any maybe yes no ok okay wow congratulations hi hello hey happy glad sorry please take walk walking water sleep drink eat write text reply coach auto que como cuando donde cual quien el la los las un una es eso esto muy bien buen buena gracias siga trate cuente si no hola por para hoy cada su tu usted".split(
    " ",
  ),
);
/** Whether the reply has a word that could be somebody's name, other than those given: only then is anybody looked up. */
export function mayNameSomebody(reply: string, known: readonly string[]): boolean {
  const mine = new Set(known.flatMap((name) => name.toLocaleLowerCase().split(/\s+/)));
  return (reply.match(/\p{Lu}\p{L}+/gu) ?? []).some((word) => {
    const plain = word.toLocaleLowerCase();
    return !beginners.has(plain) && !mine.has(plain);
  });
}

/** Host names, with or without "https://": "example.com/x" is a link on every telephone. */
function linksIn(reply: string): string[] {
  const found = reply.matchAll(
    /(?:https?:\/\/|www\.)?((?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|io|co|us|info|biz|ly|me|app|health|care|link|xyz|site|online|ru|cn|mx|es))\b(?:[/:?#]\S*)?/gi,
  );
  const schemes = reply.match(/\b(?:https?|ftp|javascript|tel|sms|mailto|data):\S+/gi) ?? [];
  const hosts = [...found].map((match) => (match[1] ?? "").toLowerCase().replace(/^www\./, ""));
  return hosts.length === 0 && schemes.length > 0 ? [schemes[0] ?? ""] : hosts;
}

/** Every fault of the reply; empty when it may go out. */
export function faultsOf(reply: string, context: ReplyContext): FaultFound[] {
  return checks.flatMap((check) => check(reply, context) ?? []);
}

export type ReplyDecision =
  | { readonly kind: "send"; readonly text: string }
  | { readonly kind: "write-again"; readonly reasons: readonly string[] }
  | { readonly kind: "fixed-text"; readonly faults: readonly ReplyFault[] };

/** `attempt` counts from 1. After the second fault no model writes on. */
export function decideReply(reply: string, context: ReplyContext, attempt: number): ReplyDecision {
  const faults = faultsOf(reply, context);
  if (faults.length === 0) return { kind: "send", text: inGsmLetters(reply) };
  if (attempt < 2) return { kind: "write-again", reasons: faults.map(({ reason }) => reason) };
  return { kind: "fixed-text", faults: faults.map((one) => one.fault) };
}
