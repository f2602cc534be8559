/**
 * Words for which the only answer is 911: loss of consciousness, seizure, chest pain, stroke, breathing, severe low
 * glucose (level 3 of the ADA: needs help, at any value), too much insulin. A story about somebody else counts too: the
 * person may be beside the phone.
 */
import type { PhraseRule } from "./rule.ts";

export const emergencyRules: readonly PhraseRule[] = [
  {
    id: "emergency.unconscious",
    stage: "emergency",
    tier: "E1",
    says: [
      "(unconscious|unresponsive|inconsciente)",
      "(i|he|she|mom|dad|husband|wife|just|keep|almost|nearly|im|and) (passed|passing|pass|blacked|blacking|black) out",
      "(fainted|fainting|faint|collapsed|desmaye|desmayado|desmayada|desmayo|desmayando|desmaya|desmayarme)",
      "(cant|wont|not|hard to|trying to) wake (him|her|me|them|my|up)",
      "(he|she|mom|dad|husband|wife) (wont|isnt|doesnt) (wake|waking|respond|responding)",
      "(perdi|perdio|pierdo) (el)? (conocimiento|conciencia)",
      "no (despierta|responde|reacciona|se despierta|puedo despertar*)",
    ],
    unless: [
      "(guy|dude|friend|everyone|everybody) … passed out",
      "passed out (from|after) (drinking|drunk|partying)",
      "for fear of fainting",
      "faint (hope|smell|line|light|memory|of heart)",
    ],
  },
  {
    id: "emergency.seizure",
    stage: "emergency",
    tier: "E1",
    says: [
      "(seizure|seizures|seizing|seazure|siezure|convulsion|convulsions|convulsing|convulsiones|convulsionando|convulsiona|convulsiono)",
      "(having|had|tuvo|tengo) (a fit|un ataque)",
    ],
  },
  {
    id: "emergency.chest-pain",
    stage: "emergency",
    tier: "E1",
    says: [
      "(chest) (is|are|feels|feel|really|so)? (pain|pains|hurts|hurting|tight|tightness|pressure|heavy|killing|aching|ache)",
      "(pain|pressure|tightness|hurting|squeezing|crushing|ache) (in|on|across) (my|the|his|her) (chest|left arm)",
      "(my|his|her) chest (is|feels|really|just|has been|been)? (hurt|hurts|hurting|killing|tight|heavy|pounding)",
      "(heart attack|heartattack|cardiac arrest)",
      "(dolor|presion|opresion|punzada|punzadas) (fuerte|muy fuerte)? (en|de) (el|mi)? pecho",
      "(me) (duele|aprieta|oprime) (mucho|bastante)? (el)? pecho",
      "(ataque|infarto) (al|de|del) (corazon|cardiaco)",
      "infarto",
    ],
    unless: [
      "(died|die|dead|passed away|passed) (of|from) (a|an)? heart attack",
      "(risk|risks|history|chance|chances) (of|for) (a|having a)? heart attack*",
    ],
  },
  {
    id: "emergency.stroke",
    stage: "emergency",
    tier: "E1",
    says: [
      "(having|had|have|think|like|maybe|is it|be) (a|its a|im having a|this is a)? stroke",
      "(face|mouth|smile) (is|looks|feels|started|side is|keeps)? (droop*|dropping|crooked|numb|twisted|slack|sagging)",
      "(slurred|slurring|slurry) (my|his|her)? (speech|words|talking)?",
      "(cant|couldnt) (move|feel|lift) (my|his|her|one|the) (arm|leg|left|right|face|side)",
      "(one|left|right) (side|arm|leg) (of my body|of my face|of body)? (is|went|feels|has gone|gone|suddenly)? (numb|weak|paralyzed|limp|dead)",
      "(suddenly|sudden|all of a sudden) (cant|lost|loss of) (see|vision|sight|speak|talk|my vision|my sight)",
      "(cant) (speak|talk) (right|properly|clearly|straight)?  $",
      "worst headache (of|in|ever)",
      "(derrame|embolia|ictus|ataque) cerebral",
      "(cara|boca) (torcida|caida|chueca|dormida|se me cae)",
      "(no puedo) (mover|sentir) (el|la|mi|un|una) (brazo|pierna|cara|lado)",
      "(no puedo) hablar (bien|claro)?",
      "(lado|brazo|pierna) (izquierdo|derecho|izquierda|derecha) (esta|se siente|se me durmio)? (dormido|dormida|debil|entumecido|entumecida|paralizado)",
    ],
  },
  {
    id: "emergency.breathing",
    stage: "emergency",
    tier: "E1",
    says: [
      "(cant|cannot|hard to|hardly|unable to|difficulty|trouble|struggling to|barely|stopped|not|isnt) (breathe|breath|breathing|catch my breath|get air|get enough air|get my breath)",
      "(cant|hardly) get (a|my|any)? (breath|air)",
      "(short|shortness) (of|on) breath",
      "(gasping|choking) (for air|on)?  $",
      "(throat|tongue) (is|feels|are)? (closing|swelling|swollen shut|closing up)",
      "(no puedo|cuesta|dificil|dificultad para|me cuesta|casi no puedo) (respirar|mucho respirar)",
      "(me) (falta|ahogo|estoy ahogando|asfixio) (el|de)? (aire)?",
      "(garganta|lengua) … (cerrando|hinchada|hinchando)",
    ],
    unless: [
      "(so|such|more) hard to breathe (easy|easier)",
      "(cant|hardly) (breathe|breath) … laughing",
      "me falta (poco|un|una|tiempo|dinero)",
    ],
  },
  {
    id: "emergency.severe-low",
    stage: "emergency",
    tier: "E1",
    says: [
      "(needed|need|used|gave|giving|give|inject*|took|where is|get the) (me|him|her|the|my|some)? (glucagon|baqsimi|gvoke|glucagen)",
      "(too weak|too shaky|too confused|cant|unable|not able) (to)? (swallow|eat or drink|treat myself|drink anything|get up|stand up)",
      "(diabetic|insulin) (coma|shock)",
      "(coma|shock) (diabetico|insulinico|hipoglucemico)",
      "(glucagon|baqsimi)",
      "(no puedo) (tragar|pararme|levantarme|ponerme de pie)",
      "(low|hypo|sugar) … (confused|cant think|cant see|not making sense)",
      "(azucar baja|bajo de azucar|hipoglucemia|baja) … (confundido|confundida)",
    ],
    unless: [
      "(refill|prescription|copay|expired|pharmacy) … glucagon",
      "glucagon (refill|prescription|expired|kit refill)",
    ],
  },
  {
    id: "emergency.too-much-insulin",
    stage: "emergency",
    tier: "E1",
    says: [
      "(took|take|taken|injected|gave|given|bolused|shot|dosed|used) (myself|me|him|her|way)? (too much|way too much|too many|double|twice|extra|the wrong|wrong|all) (my|the|of my|units of|of the|dose of)? (insulin|units|novolog|humalog|lantus|basaglar|tresiba|toujeo|levemir|fiasp|lispro|aspart|glargine|bolus)",
      "(too much|too many) (insulin|units)",
      "(insulin|novolog|humalog|lantus) (overdose|twice|by mistake|by accident)",
      "(took|injected|gave) … (insulin|novolog|humalog|lantus) … (twice|by mistake|by accident|instead of)",
      "(overdose|overdosed|overdosing)",
      "(me) (puse|inyecte|aplique|pase) (demasiada|mucha|doble|de mas|el doble de)? (insulina|de insulina) (de mas|dos veces|por error|doble|demasiada)",
      "(demasiada|doble|mucha|exceso de|dosis doble de) insulina",
      "sobredosis",
    ],
    unless: [
      "(how much is|afraid of|worried about|avoid) too much insulin",
      "(can|does|what if|is it) … too much insulin",
    ],
  },
  {
    id: "emergency.asks-for-911",
    stage: "emergency",
    tier: "E1",
    says: [
      "(call|called|calling|dial|need) (an|the|for)? (911|ambulance|paramedics|ems)",
      "^ 911 $",
      "(its|this is|its an|have an|medical|having an) (an)? emergency $",
      "^ (emergency|emergencia) $",
      "(llame*|llama*|necesito|manden|pidan) (al|a|una|la)? (911|ambulancia)",
      "(es|tengo) una emergencia",
      "(going to the|on the way to|headed to|at the|in the) (er|emergency room|hospital) (now|right now|again)",
      "(im|i think im|i feel like im|think i am) dying",
      "me (estoy|siento que me estoy) muriendo",
    ],
    unless: [
      "(im|i think im|i feel like im|i think i am)? dying (to|of|for|laughing)",
      "muriendo de (risa|hambre|sueno|calor|frio)",
    ],
  },
];
