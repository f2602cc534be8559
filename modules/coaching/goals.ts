/**
 * Hints on how a goal is put: specific, measurable, and with a confidence that makes it attainable. Hints, never a gate:
 * a goal is the member's own, and a vague one is better than none.
 */
export type GoalQuality = "specific" | "measurable" | "attainable";
export interface GoalHint {
  readonly quality: GoalQuality;
  readonly met: boolean;
  /** What was found, or the question that would help. */
  readonly sentence: string;
}

const confidence =
  /\(?\s*\b(?:confiden(?:ce|t)(?: level)?|confianza|seguridad|segur[oa])\b[^)]*\)?|\(?\b\d{1,2}\s*\/\s*10\b\)?|\b\d{2,3}\s*%\s*(?:confiden(?:ce|t)|segur[oa]|confianza)\b/gi;

const frequency =
  /\b(?:daily|everyday|every ?day|every (?:other )?(?:morning|evening|night|week|day|meal|lunch|dinner|breakfast)|each (?:day|week|morning|night)|weekly|once|twice|thrice|(?:\d+|one|two|three|four|five|six|seven|several)(?:\s*(?:to|-)\s*(?:\d+|one|two|three|four|five|six|seven))? (?:times|days|nights|mornings|evenings)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekdays?|weekends?|cada (?:dia|d[ií]a|mañana|noche|semana|comida)|diario|diariamente|todos los d[ií]as|(?:\d+|una|dos|tres|cuatro|cinco|seis) (?:veces|d[ií]as))\b/i;
const amount =
  /\b\d[\d,.]*\s*(?:%|k?m\b|km\b|miles?\b|steps?\b|pasos\b|min(?:ute)?s?\b|minutos\b|hours?\b|horas?\b|h\b|kg\b|lbs?\b|pounds?\b|g\b|cups?\b|glasses\b|vasos\b|servings?\b|porciones\b|sets?\b|reps?\b|am\b|pm\b)/i;
const atLeastOne = /\bat least (?:one|\d+)\b|\b(?:screening|appointment|check-?up|cita|examen)\b/i;

/** Something a person can be seen doing. */
const activity =
  /\b(?:walk\w*|run|running|jog\w*|swim\w*|cycl\w*|bik\w+|yoga|bowling|danc\w+|weight-?lifting|muscle|exercise (?:machines?|shown|video\w*)|log|logs|logging|record\w*|track\w*|monitor\w*|diary|statins?|atorvastatin|metformin|(?:three )?other medications|take \w+ medication|cook\w*|prepare|home-cooked|plate|bread|vegetables?|fruits?|salad|fried|water|fast on|oil|steps|watch|videos?|screening|sign up|courses?|portions? for|quantity|drink\w*|sleep|bed|stairs|test|check (?:my )?(?:sugar|glucose|feet)|camin\w+|corr\w+|nadar|bailar|beber|tomar agua|verduras|frutas|medir|anotar|registrar|subir escaleras)\b/i;
/** Words that leave open what is to be done. */
const vague =
  /\b(?:find a balance|be (?:more|better|healthier)|try to|healthier|explore|adjust ingredients|some(?:thing|how)?|more active|unwind|regular medication|consistent|in general|improve|eat a healthy (?:breakfast|lunch|dinner)|ser m[aá]s|mejorar|comer mejor)\b/i;

export function goalHints(goal: string): GoalHint[] {
  const withoutConfidence = goal.replace(confidence, " ");
  return [
    hint(
      "specific",
      activity.test(withoutConfidence) && !vague.test(withoutConfidence),
      "It names what will be done.",
      "What exactly will you do?",
    ),
    hint(
      "measurable",
      frequency.test(withoutConfidence) || amount.test(withoutConfidence) || atLeastOne.test(withoutConfidence),
      "It can be counted.",
      "How often, how long or how much?",
    ),
    hint(
      "attainable",
      goal.search(confidence) >= 0,
      "The confidence is stated.",
      "From 1 to 10, how sure are you that you can do it?",
    ),
  ];
}

const hint = (quality: GoalQuality, met: boolean, found: string, question: string): GoalHint => ({
  quality,
  met,
  sentence: met ? found : question,
});
