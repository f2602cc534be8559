/**
 * "Stop", in every way a person may say it. Obeyed at once, whatever else the message says (47 CFR 64.1200(a)(10): any
 * reasonable means). Keywords count as a whole message or a whole sentence: END, CANCEL, QUIT and TD are ordinary words.
 * Free words need to speak of texting: "cant stop laughing" is not a wish to leave.
 */
import { findWords, type Phrases, plainWords, readings } from "./wording.ts";

export type KeywordKind = "stop" | "start" | "help" | "wrong-number";
export interface KeywordFound {
  readonly kind: KeywordKind;
  /** The words that were understood so. */
  readonly words: string;
  /** True for words that also mean something about health ("baja" is "low"): obeyed, and a person looks. */
  readonly alsoOrdinary: boolean;
}

const stopKeywords = [
  ...["stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "remove"],
  ...["arret", "td", "parar", "pare", "paren", "alto", "baja", "cancelar", "detener", "salir", "darme de baja"],
];
/** These are a wish to leave even as one sentence among others. */
const strongKeywords = [
  "stop",
  "stopall",
  "stop all",
  "unsubscribe",
  "revoke",
  "optout",
  "opt out",
  "arret",
  "parar",
  "darme de baja",
];
const ordinaryKeywords = ["baja", "alto", "end", "salir", "pare", "paren"];
const startKeywords = [
  "start",
  "unstop",
  "resubscribe",
  "opt in",
  "optin",
  "comenzar",
  "iniciar",
  "empezar",
  "reanudar",
];
const yesKeywords = ["yes", "y", "si", "yes please", "si por favor", "yes i agree", "i agree", "acepto", "si acepto"];
const helpKeywords = [
  "help",
  "info",
  "ayuda",
  "informacion",
  "who is this",
  "who are you",
  "quien es",
  "quien eres",
  "quien habla",
];

const politeness =
  /\b(?:please|now|thanks|thank you|por favor|porfavor|porfa|gracias|ya|immediately|right now|this|it|ok|sent from my iphone|sent from my android|messages?|texts?|texting|messaging|mensajes?|todo|everything)\b/g;

const leaving: Phrases = {
  says: [
    "(stop|quit|cease) (all|any|with)? (the|your|these|those|this|sending)? (these|me|all|any|the|your)? (text*|messag*|sms|mesag*)",
    "(stop|quit) (contacting|bothering|bugging|spamming|harassing|texting|messaging) (me|us)",
    "(stop|quit) sending (me)? (these|this|things|stuff|any|all|that|your|it)",
    "(dont|never|no longer) (ever)? (text|message|contact) (me|us|this number|this phone) (anymore|again|any more|ever|$)",
    "(dont|never) (text|message|contact|write) me (no more|no longer)",
    "(dont|never) send (me|us)? (any more|anymore|any|more|no more) (of)? (these|this|those|them)",
    "(dont|never) send (me|us) (any|any more|anymore|more|these)? (text*|messag*|sms)",
    "(dont|no longer) want (to get|to receive|to be getting|to have|getting|receiving)? (any|any more|these|your|the|more|anymore)? (text*|messag*|sms)",
    "(dont|no longer) want to be (texted|messaged|contacted)",
    "dont want you (texting|messaging|contacting|to text|to message|to contact)",
    "no more (text*|messag*|sms) (please|$|from|ever|thanks)",
    "(take|get|remove|delete) me (off|from|out) … (list|lists|program|texts|messages|system|service|database)",
    "(take|get) me off (of)? this",
    "(take|remove|delete) (my|this) (number|phone|cell) (off|from|please|$)",
    "(lose|forget|delete) my number",
    "(opt|sign) me out",
    "(want|wish|like|need|how do i|how can i|how to|can i|i) (to)? (opt out|unsubscribe)",
    "unsubscribe (me|from|please|this|my)",
    "(cancel|end|terminate) (my)? (subscription|enrollment|enrolment|membership|these messages|these texts|the texts|the messages|texts|messages)",
    "(want|like|need) out of (this|the|your) (program|texts|messages|service|list)",
    "how (do|can|would) i (get|be) (off|out of|removed from|rid of|taken off) (of)? (this|these|the|your)",
    "(im|am) (done|finished|through) with (this|your|these|the) (program|texts|messages|service|thing)",
    "(withdraw|revoke|take back) (my)? consent",
    "(remove|unenroll|unsubscribe) me (please|now|asap)? $",
    "^ (please)? (remove|delete|unenroll|unsubscribe) me (please)? $",
    "cease and desist",
    "(dont|no longer) want to (get|receive|have|see) (these|this|them|any of this|it) (no more|anymore|any more|at all)",
    "(para|paren|pare|basta|ya basta) (ya)? (con|de) (los|sus|tus|estos|tantos)? (mensajes|textos|mensaje)",
    "^ please stop $",
    "^ stop please $",
    "^ (stop|end|quit) (this|it|all of this|everything) (now)? $",
    "^ stop (texting|messaging|contacting) $",
    "^ leave me alone $",
    "^ (go away|get lost) $",
    "no (me)? (escriba*|escribas|manden|mandes|mande|envien|envies|envie|contacten|contactes|textee*) (mas|nada|mensajes|ya)",
    "no (me)? (escriban|manden|envien) (mas)? mensajes",
    "(deja|dejen|deje|para|paren|pare) de (escribirme|mandarme|enviarme|mandar|enviar|textearme|contactarme|molestarme|molestar)",
    "(ya)? no quiero (recibir)? (mas|estos|sus|tus)? (mensajes|textos|sms)",
    "no (quiero)? (mas) (mensajes|textos)",
    "no quiero que me (escriban|manden|envien|contacten|escribas|mandes)",
    "(quiteme|quitenme|quitame|saqueme|saquenme|sacame|borreme|borrenme|borrame|eliminenme|eliminame) (de|del|por favor|$)",
    "(borren|borra|borre|eliminen|elimina|quiten|quita) mi (numero|telefono|celular)",
    "(dar|darme|deme|denme|dame) de baja",
    "(quiero|quisiera|pido|favor de|por favor) (que)? me (borren|borre|quiten|quite|saquen|saque|eliminen|elimine) (ya)? (de|del|$)",
    "(ya)? no me (molesten|moleste|molestes) (mas|ya|$)",
    "^ (por favor)? (dejenme|dejeme|dejame) en paz $",
    "cancelar (mi)? (suscripcion|inscripcion|los mensajes|mensajes)",
    "(quiero|deseo) (salir|salirme) (del|de este|de la) (programa|lista|servicio)",
  ],
  unless: [
    "(dont|never|please dont|wont|didnt|havent|wouldnt|cant) (ever)? (want you to|want to|let them)? (stop|quit|unsubscribe|cancel) … (text*|messag*|sms|me|opt out|unsubscribe)",
    "(told|tell|telling|asked|ask|asking) (him|her|them|my) … to (stop|quit) … (text*|messag*|me|us)",
    "(told|tell|asked) (him|her|them) (dont|not to|to never) (text|message|contact) me",
    "(he|she|they|ex|boyfriend|girlfriend|husband|wife|guy|spam) … (stop|quit|wont stop|to stop) … (text*|messag*|contacting|me)",
    "(dont|never|wont|didnt) (remove|unenroll|unsubscribe) me (please|now|asap)? $",
    "unsubscribe from (what|where|which)",
    "(dont|no) quiero (dejar|parar) de",
    "no quiero (darme|dar) de baja",
    "(dont|do i have to|should i|would you) want to (opt out|unsubscribe)",
  ],
};

const wrongNumber: Phrases = {
  says: [
    "(have|got|texted|texting|its|is) (the|a)? wrong (number|person)",
    "^ wrong (number|person) (sorry|please)? $",
    "(this isnt|im not|not) (his|her|their|that persons) (number|phone|cell)",
    "(this is) (not|no longer) (his|her|their) (number|phone)",
    "(numero|persona) (equivocado|equivocada)",
    "(esta|se) equivocad* de numero",
  ],
};

/**
 * What the message asks of the sending itself; null when it speaks of something else. "Yes" counts only while consent
 * is being asked for; otherwise it answers a question.
 */
export function findKeyword(text: string, consentPending = false): KeywordFound | null {
  const lines = withSlips(readings(text));
  const said = (list: readonly string[], line: string) =>
    list.includes(line) || list.includes(line.replaceAll(" ", ""));
  for (const line of lines) {
    const whole = line.replaceAll(" / ", " ");
    const bare = whole.replace(politeness, " ").replace(/\s+/g, " ").trim();
    for (const words of [whole, bare]) {
      if (said(stopKeywords, words)) return stop(words);
      if (said(startKeywords, words)) return { kind: "start", words, alsoOrdinary: false };
      if (consentPending && said(yesKeywords, words)) return { kind: "start", words, alsoOrdinary: false };
      if (said(helpKeywords, words)) return { kind: "help", words, alsoOrdinary: false };
    }
    const sentence = line
      .split(" / ")
      .find((one) => said(strongKeywords, one.replace(politeness, " ").replace(/\s+/g, " ").trim()));
    if (sentence !== undefined) return stop(sentence);
  }
  // "STOP I hate this": the word as the instructions write it, before anything else.
  const first = /^\W*(STOP(?: ?ALL)?|UNSUBSCRIBE|OPT[- ]?OUT|PARAR)\b/.exec(text);
  if (first) return stop(first[1]?.toLowerCase() ?? "stop");
  const free = findWords(lines, leaving);
  if (free !== null) return stop(free);
  const wrong = findWords(lines, wrongNumber);
  return wrong === null ? null : { kind: "wrong-number", words: wrong, alsoOrdinary: false };
}

/** One word alone: "stopp", "sttop" and "sotp" are what they look like. */
function withSlips(lines: readonly string[]): readonly string[] {
  const [line = ""] = lines;
  const word = line.replace(politeness, " ").trim();
  if (!/^\p{L}{4,7}$/u.test(word)) return lines;
  const single = word.replace(/(\p{L})\1+/gu, "$1");
  return ["sotp", "stpo", "tsop"].includes(single) ? [...lines, "stop"] : [...lines, single];
}

const stop = (words: string): KeywordFound => ({
  kind: "stop",
  words,
  alsoOrdinary: ordinaryKeywords.includes(plainWords(words)),
});

/** For the checker of rule sets and the member's page: everything that is a keyword by itself. */
export const keywords = { stop: stopKeywords, start: startKeywords, help: helpKeywords, yes: yesKeywords } as const;
