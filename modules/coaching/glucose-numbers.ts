/**
 * Which numbers of a message may be glucose, and which are times, dates, weights, pressures, doses, steps or money. A
 * number counts only with a unit, beside a word for glucose, or when the message is nothing else.
 */
import type { Doubt, Expecting, GlucoseUnit, MeterWord } from "./glucose.ts";
import { numberInWords } from "./number-words.ts";

export interface Candidate {
  readonly value: number;
  readonly hasDecimals: boolean;
  readonly unit: GlucoseUnit | null;
  /** "below 60" and "over 300" name a bound, not a value. */
  readonly bound: "below" | "above" | null;
  readonly words: string;
  /** The part of the sentence it stands in, for its meal and time. */
  readonly clause: string;
}

export interface NumberContext {
  readonly candidates: readonly Candidate[];
  /** Why the candidates as a whole are in doubt. */
  readonly doubt: Doubt | null;
  readonly meterWord: { readonly word: MeterWord; readonly sure: boolean; readonly words: string } | null;
  readonly correction: { readonly right: Candidate; readonly wrong: number | null } | null;
  /** "my sugar is high": glucose is spoken of as a value, and no value is there. */
  readonly cueWithoutNumber: boolean;
  /** "my sugar is fifty two": what the words seem to say. */
  readonly inWords: number | null;
  readonly words: string;
}

const glucoseWords =
  "my numbers?|mornings? numbers?|amaneci|blood sugars?|blood glucose|sugars?|glucose|b\\.?g\\.?l?|b\\.?s\\.?|fsbs|fbs|fingerstick|cgm|dexcom|libre|glucometer|glucometro|aparato|medidor|meter|my reading|reading|readings|azucar(?:es)?|glucosa|glucemia|glicemia|lectura";
const cue = new RegExp(`(?<![\\p{L}\\p{N}])(?:${glucoseWords})(?![\\p{L}])`, "iu");
/** Said of food, not of blood. */
const foodSugar =
  /\b(?:grams?|g|gramos|teaspoons?|tsp|tablespoons?|tbsp|spoons?|cups?|cubes?|packets?|cucharadas?|cucharaditas?|of|de|added|less|no|without|low|sin|brown|cane|white)\s+(?:of\s+|de\s+)?(?:sugar|azucar)\b|\bsugars?[- ](?:free|cane|cookies?|drinks?|tax|daddy|rush|cravings?)\b/i;
const meterSays =
  /\b(?:meter|glucometer|machine|cgm|dexcom|libre|sensor|monitor|reader|it|bg|bs|sugars?|glucose|reading|glucometro|medidor|aparato|azucar|glucosa|sangre)\b[\s:,=-]{0,3}(?:just |only |now |still )?(?:says?|said|reads?|reading|shows?|showing|showed|displays?|displaying|is|was|at|dice|dijo|marca|marco|muestra|salio|sale|lee|me dice|me marca|es|esta en)?[\s:,="“'-]{0,4}(?:that |at |in |en |me )?["“']?(HI|HIGH|LO|LOW)\b["”']?(?!\s*(?:battery|signal|carb|fat|again today i))/i;
const saying =
  /\b(?:says?|said|reads?|reading|shows?|showing|showed|displays?|displaying|dice|dijo|marca|marco|muestra|salio|sale|lee)\b/i;

/** What stands behind a number and makes it something else. */
const notAfter =
  /^\s*(?:-\s*)?(?:u\b|units?\b|unidades|iu\b|mg\b(?!\s*\/?\s*d)|mcg|ml\b|g\b|gr?ams?\b|gramos|carbs?\b|carbohidratos|hidratos|lbs?\b|pounds?\b|libras\b|kgs?\b|kilos?\b|oz\b|onzas|steps?\b|pasos|min(?:ute)?s?\b|minutos|hours?\b|hrs?\b|horas?\b|days?\b|d[ií]as?\b|weeks?\b|semanas?\b|months?\b|meses|years?\b|yrs?\b|a[nñ]os\b|am\b|pm\b|a\.m|p\.m|%|percent|por ciento|cal(?:orie)?s?\b|kcal|calor[ií]as|bpm|beats|miles?\b|millas|km\b|kms\b|k\b|meters?\b|metros|feet|ft\b|inch(?:es)?|in\b(?= (?:tall|long|high))|cm\b|mm\b|degrees|°|º|f\b|dollars?|bucks|d[oó]lares|pesos|times\b|x\b|veces|th\b|st\b|nd\b|rd\b|glasses|cups?|vasos|tazas|bottles?|slices?|pieces?|pills?|tablets?|pastillas|puffs?|people|personas|kids|hijos|o'?clock|sets?\b|reps?\b|laps?\b|floors?|pages?|messages?|texts?|servings?|porciones|strips?|tiras|push|sit|squats|more\b|point|puntos|test|readings\b)/i;
/** What stands before one. */
const notBefore =
  /(?:[$£€#@*&]|\b(?:room|apt|apartment|suite|bus|line|channel|age|aged|turned|turning|weigh|weighs|weighed|weight|weight is|weight was|peso|peso es|pesaba|bp|blood pressure|pressure|presi[oó]n|presi[oó]n es|pulse|pulso|heart rate|hr|bmi|imc|a1c|hba1c|a1c is|a1c was|a1c es|ate|eat|took|take|taking|tom[eé]|inject(?:ed)?|inyect[eé]|gave|dosed?|bolused?|lantus|humalog|novolog|metformin|insulin|insulina|metformina|walked|walk|ran|camin[eé]|paid|pay|cost|costs|scored?|version|day|d[ií]a|week|semana|month|step|paso|page|chapter|type|tipo|level|vitamin|covid|option|opci[oó]n|question|pregunta|answer|respuesta|code|c[oó]digo|pin|(?<!my |mornings? )number|numero|no\.|extension|ext|zip|about|at least|every|cada|for|in|within|by|until|till|since|hasta|desde|para|cholesterol|colesterol|ldl|hdl|triglycerides|temp|temperature|temperatura|fever|fiebre|oxygen|o2|spo2|ketones?|cetonas?|potassium|creatinine|egfr)\s*(?:is|was|are|of|=|:|es|era|de)?)\s*$/i;
const timeBefore = /\b(?:at|around|a las?|a eso de las)\s*$/i;

const mealOrTime =
  /\b(?:fasting|fasted|before|after|pre|post|b4|breakfast|bfast|lunch|dinner|supper|snack|bed|bedtime|meal|eating|food|walk|walking|run|exercise|workout|gym|noon|midnight|morning|afternoon|evening|night|tonight|today|now|just|right|yesterday|last|this|at|am|pm|my|the|is|was|it|its|i|im|woke|wake|waking|up|when|hour|hours|hr|hrs|minutes|mins|min|ago|later|then|and|ok|hi|hello|hey|good|so|only|still|again|here|got|reading|result|en|ayunas|antes|despues|después|del|de|desayuno|desayunar|almuerzo|cena|cenar|comer|comida|la|el|mi|las|mañana|manana|tarde|noche|hoy|ahora|ayer|anoche|esta|es|al|acostarme|dormir|hace|horas|hora|minutos|y|hola|buenos|buenas|dias|días|tardes|noches|tengo|estoy|a|salio|salió|me|em|mg|dl|mgdl|mmol|l|or|o|maybe|s|m|an|half|rn|no|wait|actually|espera|checked|tested|check|test|medi|revise|ahorita)\b/gi;

const hypothetical =
  /\b(?:if|when(?:ever)?|what if|suppose|supposing|hypothetically|should it|in case|si|cuando|en caso de|que pasa si|qu[eé] hago si)\b[^.!?;]{0,40}$/i;
const goalWords =
  /\b(?:goal|goals|target|targets|aim|aiming|meta|metas|objetivo|supposed to be|should be|ought to be|want(?: it)? to be|normal is|normal range|range is|recommended|keep(?:ing)? (?:it|my)|stay(?:ing)? (?:under|below|above|between|in)|deber[ií]a (?:estar|ser)|mantener|is considered)\b/i;
const others =
  /\b(?:(?:my|our|mi)\s+(?:mom|mother|dad|father|husband|wife|son|daughter|kid|child|baby|brother|sister|friend|neighbor|grandma|grandpa|aunt|uncle|roommate|dog|cat|boyfriend|girlfriend|partner|mam[aá]|madre|pap[aá]|padre|esposo|esposa|marido|hijo|hija|hermano|hermana|abuela|abuelo|amigo|amiga|vecina|vecino|perro|gato)(?:'?s)?|his|her|their)\b/i;
const question =
  /\b(?:is|es|was)\s+(?:a\s+)?(?:blood sugar of\s+|sugar of\s+|glucose of\s+|reading of\s+)?\d{2,3}\b[^.!]{0,25}\?|\d{2,3}\s+(?:ok|okay|normal|bad|good|too low|too high|low|high|bajo|alto|malo|bueno)\s*\?/i;
const correctionWords =
  /\b(?:sorry|oops|whoops|typo|correction|corrected|i meant|meant|mean|my bad|mistake|i mistyped|mistyped|actually|should be|should say|should have been|not|perd[oó]n|perdon|me equivoqu[eé]|quise decir|correcci[oó]n|error|digo)\b|^\s*\*/i;
/** With one number only, these alone make it a correction: "it should be 100" speaks of a goal. */
const strictly =
  /\b(?:sorry|oops|whoops|typo|correction|i meant|meant|my bad|mistyped|i mean|quise decir|perdon|me equivoque|digo)\b|^\s*\*/i;
const numberPattern = /(?<![\p{L}\d]|\d[.,/:])(\d{1,4}(?:[.,]\d{1,2})?)(?!\d|[.,:/]\d)/gu;
const unitAfter =
  /^\s*(mg\s*\/?\s*d\s*l\b|mgs?\s*\/\s*dl\b|mg\s+per\s+d(?:eci)?l(?:iter)?\b|mmol(?:\s*\/\s*l)?\b|mmols?\b|milimoles\b)/i;

export function candidatesIn(text: string, expecting: Expecting): NumberContext {
  const message = tidy(text);
  const clauses = message
    .split(/(?<=[!?;\n])|(?<=\.)(?!\d)|,(?!\d)|\s+(?:but|pero|and then|then)\s+/i)
    .filter((one) => one.trim() !== "");
  const found: { candidate: Candidate; weak: boolean; goal: boolean; hypothetical: boolean; ranged: boolean }[] = [];
  const alone = isAlone(message);
  let carried = false;
  for (const clause of clauses) {
    const hasCue = cue.test(clause) && !foodSugar.test(clause);
    for (const { value, text: typed, at, after, beforeText, afterText } of numbersOf(clause)) {
      const unit = unitOf(afterText);
      const isTime =
        timeBefore.test(beforeText) && value <= 24 && (!cue.test(clause.slice(0, at)) || /\d\D+$/.test(beforeText));
      const isDoseLike = /^\s*mg\b/i.test(afterText);
      const isOther = (notAfter.test(afterText) && !(isDoseLike && hasCue)) || notBefore.test(beforeText) || isTime;
      if (unit === null && isOther) continue;
      const bare = expecting !== "another-number" && (carried || alone) && isAlone(clause);
      const weak =
        unit === null &&
        !hasCue &&
        !bare &&
        value >= lowestWeak &&
        value <= highestWeak &&
        isWeaklyCued(clause, message);
      if (unit === null && !hasCue && !bare && !weak) continue;
      found.push({
        candidate: {
          value,
          hasDecimals: /[.,]/.test(typed),
          unit,
          bound: boundOf(beforeText),
          words: clause.slice(at, after + (unit === null ? 0 : unitLength(afterText))).trim(),
          clause: own(clause, at),
        },
        weak: weak || (unit === null && isDoseLike) || (bare && !carried && /^\W*i\W?m\s+\d/i.test(clause)),
        goal: goalWords.test(clause),
        hypothetical: hypothetical.test(clause.slice(0, at)),
        ranged: isRanged(clause, at, after),
      });
    }
    carried = carried || hasCue || /\b(?:checked|tested|tests?|check|medi|revise)\b/i.test(clause);
  }
  const kept = found.filter(({ goal }) => !goal);
  const correction = findCorrection(
    message,
    kept.map(({ candidate }) => candidate),
  );
  const meterWord =
    kept.length === 0 || meterSays.test(message) ? findMeterWord(message, expecting === "reading") : null;
  const doubt = ((): Doubt | null => {
    if (kept.length === 0) return null;
    if (others.test(message)) return "whose";
    if (kept.some((one) => one.hypothetical) || question.test(message)) return "hypothetical";
    if (kept.some((one) => one.ranged)) return "range";
    if (kept.some((one) => one.weak)) return "is-it-glucose";
    return null;
  })();
  const hasCue = clauses.some((clause) => cue.test(clause) && !foodSugar.test(clause) && !goalWords.test(clause));
  const inWords = hasCue && found.length === 0 ? numberInWords(message, cue) : null;
  const valueSpoken =
    /\b(?:is|was|feels?|running|so|too|really|very|esta|está|muy|anda|tengo)\s+(?:too |very |really |so |super |kind of |a bit |a little |muy |un poco )?(?:high|low|up|alta?|baja?)\b/i;
  return {
    candidates: kept.map(({ candidate }) => candidate),
    doubt,
    meterWord: meterWord && kept.length > 0 && !meterWord.sure ? null : meterWord,
    correction,
    cueWithoutNumber: hasCue && found.length === 0 && valueSpoken.test(message),
    inWords,
    words: message.trim().slice(0, 60),
  };
}

/** Full-width digits, "62mgdl", odd spaces. Line ends stay: they part sentences. */
function tidy(text: string): string {
  return text
    .slice(0, 2_000)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, "")
    .replace(/[’‘]/g, "'")
    .replace(/\b(bgl?|bs|sugar|glucose)(?=\d)/gi, "$1 ")
    .replace(/(\d)(?=mg|mmol)/gi, "$1 ");
}

function* numbersOf(clause: string) {
  // Dates, pressures, clock times and phone numbers are taken out first, so that their parts are not read as numbers.
  const masked = clause.replace(
    /\b\d{1,4}\s?[/]\s?\d{1,4}(?:\s?[/]\s?\d{2,4})?\b|\b\d{1,2}-\d{1,2}-\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|\+?\d[\d\s().-]{7,20}\d|\b\d{1,2}\s?(?:a\.?m\.?|p\.?m\.?)\b|\b\d{1,3}(?:,\d{3})+\b|\b\d{5,}\b|\b\d{1,3}\s*(?:minutes?|mins?|hours?|hrs?|h|minutos?|horas?)\b/gi,
    (run) => "·".repeat(run.length),
  );
  for (const match of masked.matchAll(numberPattern)) {
    const typed = match[1] ?? "";
    const at = match.index;
    const after = at + typed.length;
    yield {
      value: Number(typed.replace(",", ".")),
      text: typed,
      at,
      after,
      beforeText: masked.slice(0, at),
      afterText: masked.slice(after),
    };
  }
}

function unitOf(afterText: string): GlucoseUnit | null {
  const said = unitAfter.exec(afterText)?.[1]?.toLowerCase();
  if (said === undefined) return null;
  return /mmol|milimol/.test(said) ? "mmol/L" : "mg/dL";
}
const unitLength = (afterText: string) => unitAfter.exec(afterText)?.[0].length ?? 0;

const lowestWeak = 20;
const highestWeak = 600;
/** "65 and shaky", "53 and dropping", "is 62 low?": no word for glucose, and still most likely that. */
function isWeaklyCued(clause: string, message: string): boolean {
  return (
    /^\W*(?:(?:i\W?m|it\W?s|its|now|at|was|estoy|ando|anda)\s+){0,3}(?:at\s+|en\s+)?\d{2,3}\s*(?:and|but|now|y|pero|,|w\/|with\b|con\b)?\s*(?:i\W?m |i feel |feeling |feel |going |still |me siento |estoy )?(?:dropping|falling|crashing|rising|climbing|shaky|shakes|shaking|sweat\w*|dizzy|light\s?headed|confused|low|high|temblando|maread[oa]|sudando|bajando|subiendo|baj[oa]|alt[oa]|what (?:do|should)|help|que hago|ayuda|weird|off|awful|funny|sick|mal|rar[oa])\b/i.test(
      clause,
    ) ||
    /\bin the\s+(?:low |mid |high |upper )?[2-5]\d\d'?s\b/i.test(clause) ||
    /\b(?:high|low|alt[oa]|baj[oa])\W{1,3}(?:at |en |de )?\d{2,3}\W*$/i.test(clause) ||
    question.test(message) ||
    /^\W*(?:i\W?m|im)\s+(?:at\s+)?\d{2,3}\W*$/i.test(message)
  );
}

function boundOf(before: string): Candidate["bound"] {
  if (/\b(?:under|below|less than|debajo de|abajo de|menos de|menor de)\s*$/i.test(before)) return "below";
  return /\b(?:over|above|more than|arriba de|encima de|mas de|mayor de)\s*$/i.test(before) ? "above" : null;
}

/** "60-70", "between 60 and 70", "under 60", "over 300". */
function isRanged(clause: string, at: number, after: number): boolean {
  const [before, behind] = [clause.slice(0, at), clause.slice(after)];
  return (
    /^'?s\b/i.test(behind) ||
    /^\s*(?:-|–|to|a|or|o)\s*\d/i.test(behind) ||
    /\d\s*(?:-|–|to|a|or|o)\s*$/i.test(before) ||
    /\b(?:between|entre)\s+(?:\d+\s+(?:and|y)\s+)?$/i.test(before) ||
    /\b(?:under|below|less than|over|above|more than|nearly|almost|debajo de|abajo de|menos de|menor de|arriba de|encima de|m[aá]s de|mayor de|casi)\s*$/i.test(
      before,
    )
  );
}

/** Nothing but numbers, units, a meal or a time. */
function isAlone(message: string): boolean {
  const rest = message
    .replace(/\b\d{1,2}:\d{2}\b|\b\d{1,2}\s?(?:a\.?m\.?|p\.?m\.?)\b/gi, " ")
    .replace(new RegExp(glucoseWords, "gi"), " ")
    .replace(mealOrTime, " ")
    .replace(/[\d\s.,:;!?()/*'"=~\u2190-\u21FF\u2B05-\u2B07\u27A1-]/g, "");
  const numbers = message.replace(/\d{1,2}:\d{2}/g, "").match(/\d+/g) ?? [];
  return rest === "" && numbers.length > 0 && numbers.length <= 6 && message.length <= 160;
}

/** The words around one number: its own meal and time when a message has several. */
function own(clause: string, at: number): string {
  const cut = /\s+(?:and|y|&)\s+/gi;
  let from = 0;
  for (const match of clause.matchAll(cut)) {
    if (match.index < at) from = match.index + match[0].length;
    else return clause.slice(from, match.index);
  }
  return clause.slice(from);
}

function findCorrection(message: string, candidates: readonly Candidate[]): NumberContext["correction"] {
  if (!correctionWords.test(message)) return null;
  const typed = [...numbersOf(message)].filter(
    ({ beforeText, afterText }) => !notAfter.test(afterText) && !/[$£#]\s*$/.test(beforeText),
  );
  const candidate = (one: (typeof typed)[number]): Candidate =>
    candidates.find(({ value }) => value === one.value) ?? {
      value: one.value,
      hasDecimals: /[.,]/.test(one.text),
      unit: unitOf(one.afterText),
      words: one.text,
      bound: null,
      clause: message,
    };
  const plain = (value: number) => value >= 1 && value <= 1000;
  const [first, second, third] = typed;
  if (!first || third || !plain(first.value)) return null;
  // The whole message must be about the numbers: "sorry 162 not 62", "*162", "I meant 162".
  const rest = message
    .replace(new RegExp(glucoseWords, "gi"), " ")
    .replace(new RegExp(correctionWords.source, "gi"), " ")
    .replace(mealOrTime, " ")
    .replace(
      /\b(?:no|it|that|to|type|say|said|wrong|number|instead|of|eso|era|fue|que|lo|siento|typed|en|vez|hit)\b/gi,
      " ",
    )
    .replace(/[\d\s.,:;!?()/*'"=~-]/g, "");
  if (rest !== "") return null;
  if (!second) {
    return strictly.test(message) && !/\b(?:not|no)\s*$/i.test(first.beforeText)
      ? { right: candidate(first), wrong: null }
      : null;
  }
  const between = message.slice(first.after, second.at);
  if (/\b(?:not|no|instead of|en vez de)\b/i.test(between)) return { right: candidate(first), wrong: second.value };
  if (
    /\bnot\b|\bno\b/i.test(first.beforeText) ||
    /\b(?:meant|mean|should|quise decir|digo|sorry|perd[oó]n|actually)\b/i.test(between)
  ) {
    return { right: candidate(second), wrong: first.value };
  }
  return null;
}

/** HI and LO are what a meter shows. "Hi" is a greeting, and "my sugar is high" is an opinion. */
function findMeterWord(message: string, awaiting: boolean): NumberContext["meterWord"] {
  const said = meterSays.exec(message);
  if (said) {
    const word: MeterWord = /^h/i.test(said[1] ?? "") ? "HI" : "LO";
    const shown = saying.test(said[0]) || /^(?:HI|LO)$/.test(said[1] ?? "") || /^(?:hi|lo)$/i.test(said[1] ?? "");
    const told = !others.test(message) && !hypothetical.test(message.slice(0, said.index + 1));
    if (shown) return { word, sure: told, words: said[0].trim() };
    return null;
  }
  const whole = message.trim().replace(/[.!"'“”]+/g, "");
  if (/^(?:lo|LO)$/i.test(whole)) return { word: "LO", sure: awaiting || whole === "LO", words: whole };
  if (/^low$/i.test(whole)) return { word: "LO", sure: awaiting && whole === "LOW", words: whole };
  if (/^high$/i.test(whole)) return { word: "HI", sure: awaiting && whole === "HIGH", words: whole };
  if (whole === "HI" && awaiting) return { word: "HI", sure: false, words: whole };
  return null;
}
