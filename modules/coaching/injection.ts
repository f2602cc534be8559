/**
 * Messages that address a model instead of a coach: nothing of such a message reaches one. They get a fixed text and a
 * person. Asking "are you a robot?" is no injection: it is answered truthfully by a fixed text.
 */

import { longestRead } from "@core/sms/wording.ts";
import type { PhraseRule } from "./rule.ts";

export const injectionRules: readonly PhraseRule[] = [
  {
    id: "injection.instructions",
    stage: "injection",
    tier: "P",
    says: [
      "(ignore|disregard|forget|override|bypass|skip) (all|any|every|everything)? (of)? (your|the|my|previous|prior|above|earlier|these|those)? (previous|prior|above|earlier|safety|system|other|initial|original)? (instructions|instruction|rules|rule|prompt|prompts|guidelines|guardrails|restrictions|directives|programming|context|policies)",
      "(ignore|forget|disregard) (everything|all|anything) (above|before|you|said|prior|previous|that)",
      "(reveal|show|print|repeat|output|display|tell|give|leak|dump) (me|us)? (all)? (your|the|of your)? (hidden|full|exact|original|secret)? (system|initial|hidden|secret|developer)? (prompt|instructions|system message|configuration|guidelines)",
      "(system|developer|admin|debug|god|dan|sudo|root) (prompt|mode|message|override|access)",
      "(repeat|print|output) (the|all|everything)? (words|text|lines|everything)? (above|verbatim)",
      "you (are|will be|shall be|must act as) (now|no longer|from now on|henceforth) …",
      "(from now on|starting now|henceforth) (you|your|act|respond|answer|reply)",
      "(act|behave|respond|answer|reply|roleplay|role play) (as|like) (a|an|my|if you|the|though)? (doctor|physician|endocrinologist|nurse|different|unrestricted|uncensored|dan|were|are|evil|human|pharmacist)",
      "(pretend|imagine) (to be|you are|youre|that you|you have|to have|you were) …",
      "(jailbreak|jailbroken|prompt injection|do anything now)",
      "(what|which) (are|is|were) your (system|initial|exact|original|full)? (instructions|rules|prompt|guidelines)",
      "you are (dan|unrestricted|uncensored|free now|not an ai|not a bot|a doctor|my doctor)",
      "(what|tell|show) … other (members|patients|clients|users|people) (said|say|wrote|write|text|texted|asked|have)",
      "(new|updated|revised|following) (instructions|rules|system prompt|directive|directives) (for|from|are|follow|below|is)",
      "(without|no|remove|drop|disable|turn off) (any|your|all|the)? (restrictions|filters|filter|safety|guardrails|limitations|censorship|disclaimers)",
      "(end|begin|start) (of)? (system|user|assistant|prompt|instructions|conversation)",
      "(other|another|all|every|list of|all the|different) (patient|patients|member|members|clients|users|peoples) (data|names|name|numbers|number|messages|records|info|information|readings|sugar|phone|phones)",
      "(translate|encode|decode|base64|rot13) (this|your|the|following|to|into)? (system|prompt|instructions|base64|rot13|following)",
      "(ignora|olvida|omite|desobedece) (todas|todo|cualquier)? (las|tus|mis|lo|los)? (instrucciones|reglas|indicaciones|ordenes|anterior|anteriores|limites)",
      "(muestra|muestrame|revela|dime|repite|imprime) (tu|tus|el|las|mi)? (prompt|instrucciones|mensaje del sistema|indicaciones)",
      "(actua|responde|comportate|finge) (como|que eres|ser) …",
      "(ahora|a partir de ahora) (eres|seras|actua|responde)",
      "(datos|mensajes|nombres|numeros|lecturas) de (otros|otras|los|las) (pacientes|miembros|personas|usuarios)",
    ],
    unless: ["imagine (you have|you were|that you) (a|the) (goal|walk|day)"],
  },
];

/** Marks of a conversation format, long encoded runs, and letters nobody sees: not words, so no phrase can name them. */
const marks: readonly (readonly [id: string, RegExp])[] = [
  [
    "injection.marks",
    /<\s*\/?\s*(?:system|assistant|instructions?|prompt|user|im_start|im_end)\b|<\|[a-z_]{2,20}\|>|\[\/?INST\]|<<\/?SYS>>|^\s*#{2,}\s*(?:system|instruction|assistant)|^\s*(?:system|assistant|developer)\s*:/im,
  ],
  ["injection.encoded", /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{60,}={0,2}(?![A-Za-z0-9+/=])/],
  [
    "injection.hidden-letters",
    /[\u{E0000}-\u{E007F}]|[\u202A-\u202E\u2066-\u2069]|(?:[\u200B\u200C\u2060\uFEFF]\s?){4,}/u,
  ],
  ["injection.markup", /<\s*(?:script|img|iframe|a\s+href|hx-)|\bhx-(?:get|post|on)\b|javascript:/i],
];

/** The first mark found; the words are its name, never the text, which may be long or unprintable. */
export function findMark(text: string): { readonly rule: string; readonly words: string } | null {
  const read = text.slice(0, longestRead);
  for (const [rule, pattern] of marks) if (pattern.test(read)) return { rule, words: rule.replace("injection.", "") };
  return null;
}
