/** Wishes for a person, and cries for help that name no danger: a person looks, whatever else is answered. */
import type { PhraseRule } from "./rule.ts";

export const personRules: readonly PhraseRule[] = [
  {
    id: "person.asks-for-one",
    stage: "person",
    tier: "P",
    says: [
      "(can|could|would|will) (someone|somebody|anyone|anybody|a coach|a nurse|you) (please)? (call|phone|ring) me",
      "(quiero|necesito|pueden|puede) (que)? (me)? (llame|llamen|llamar|llamarme) (alguien|una persona|un coach|por favor|ya|$)?",
      "(my|the) (pump|sensor|cgm|meter|monitor) (stopped|isnt|quit|wont|doesnt|fell|broke)",
      "(talk|speak|text|chat|connect me) (to|with) (a|my|an|the)? (real|actual|live)? (person|human|coach|nurse|doctor|someone|somebody|agent|representative)",
      "(need|want|get me|give me) (a|my|to see a)? (real|actual|live)? (person|human)",
      "(call|phone) me (back|please|asap|now|when)",
      "(hablar|comunicarme) con (una|un|mi|el|la|alguien)? (persona|coach|entrenador|entrenadora|enfermera|doctor|doctora|alguien|humano)?",
      "(llameme|llamame|llamenme) (por favor|ya|cuando|$)",
    ],
  },
  {
    id: "person.cry-for-help",
    stage: "person",
    tier: "P",
    says: [
      "(im|i feel|feel|feeling) (so|really|very|just|totally) (scared|afraid|alone|lonely|down|sad|lost|hopeless|anxious)",
      "nothing (helps|works) (anymore|any more|$)",
      "^ (please)? help me (please|now)? $",
      "^ i need help (please|now|asap|right now)? $",
      "^ (someone|somebody|anybody) (please)? help …",
      "^ (ayudame|ayudeme|ayudenme|auxilio|socorro|necesito ayuda) (por favor)? $",
      "(something is|somethings) (really|very|seriously)? wrong with (me|my)",
      "(feel|feeling) (really|so|very|super)? (awful|terrible|horrible|weird|strange|bad)  $",
      "(me siento) (muy|bien|super)? (mal|rara|raro|pesima|terrible) $",
      "(depressed|hopeless|im worthless|feel worthless|panic attack|overwhelmed by everything)",
      "(hate|hating) my life",
      "(so|very|really|feeling|feel|am|im) … (lonely|empty inside|all alone)",
      "odio mi vida",
      "(deprimido|deprimida|desesperado|desesperada|sin esperanza|ataque de panico)",
    ],
  },
  {
    id: "person.hypothetical-insulin",
    stage: "person",
    tier: "P",
    says: ["(can|does|what if|is it|afraid of|worried about) … too much insulin"],
  },
];

/** Asks whether a machine answers. Always told the truth, by a fixed text (California H&S 1339.75 asks for no less). */
export const machineQuestion = {
  says: [
    "(are you|is this|is it|you) (a|an|really|even)? (a|an)? (real|actual)? (robot|bot|machine|ai|human|person|computer|real|automated|chatbot|chatgpt)",
    "(am i) (talking|texting|speaking|chatting) (to|with) (a|an) (real|actual)? (robot|bot|machine|ai|human|person|computer)",
    "(eres|es usted|es esto|esto es|hablo con|estoy hablando con) (un|una)? (robot|bot|maquina|persona|humano|computadora|real|ia)",
  ],
} as const;
