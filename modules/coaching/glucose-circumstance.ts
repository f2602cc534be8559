/** When, and at which meal, a reading was taken: said in the message, in English or Spanish. */
import { plainWords } from "@core/sms/wording.ts";

export type Meal =
  | "fasting"
  | "before-breakfast"
  | "after-breakfast"
  | "before-lunch"
  | "after-lunch"
  | "before-dinner"
  | "after-dinner"
  | "before-meal"
  | "after-meal"
  | "snack"
  | "bedtime"
  | "exercise";

const before = "(?:before|b4|pre|prior to|antes de|antes del)";
const after = "(?:after|post|following|despues de|despues del|luego de)";
const article = "(?: (?:my|the|el|la|mi))?";
const breakfast = "(?:breakfast|bfast|brekkie|desayuno|desayunar)";
const lunch = "(?:lunch|almuerzo|almorzar)";
const dinner = "(?:dinner|supper|cena|cenar)";
const meal = "(?:meal|eating|food|comer|comida|i ate|i eat|comi)";

const meals: readonly (readonly [RegExp, Meal])[] = [
  [/\b(?:fasting|fasted|en ayunas|ayunas|ayuno|empty stomach|estomago vacio)\b/, "fasting"],
  [new RegExp(`\\b${before}${article} ${breakfast}\\b`), "before-breakfast"],
  [new RegExp(`\\b${after}${article} ${breakfast}\\b`), "after-breakfast"],
  [new RegExp(`\\b${before}${article} ${lunch}\\b`), "before-lunch"],
  [new RegExp(`\\b${after}${article} ${lunch}\\b`), "after-lunch"],
  [new RegExp(`\\b${before}${article} ${dinner}\\b`), "before-dinner"],
  [new RegExp(`\\b${after}${article} ${dinner}\\b`), "after-dinner"],
  [new RegExp(`\\b${before}${article} ${meal}\\b`), "before-meal"],
  [new RegExp(`\\b${after}${article} ${meal}\\b`), "after-meal"],
  [
    /\b(?:bedtime|before bed|before sleep|going to bed|at bed|al acostarme|antes de dormir|antes de acostarme)\b/,
    "bedtime",
  ],
  [
    /\b(?:after|before|post|despues de|antes de)(?: (?:my|the|el|la|mi|a))? (?:walk|walking|run|running|exercise|exercising|workout|gym|caminar|ejercicio|correr)\b/,
    "exercise",
  ],
  [/\b(?:snack|merienda|refrigerio)\b/, "snack"],
];

export function findMeal(text: string): Meal | null {
  const words = plainWords(text);
  return meals.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}

export type TimeSaid =
  | {
      readonly kind: "clock";
      readonly hour: number;
      readonly minute: number;
      readonly half: "am" | "pm" | null;
      readonly daysAgo: number;
    }
  | { readonly kind: "ago"; readonly minutes: number }
  | { readonly kind: "part"; readonly hour: number; readonly daysAgo: number };

const clockPattern =
  /(?:\b(?:at|around|about|a las?|a eso de las)\s+)?\b(\d{1,2})(?::(\d{2}))?\s*(a\.?\s?m\b|p\.?\s?m\b|de la (?:mañana|manana|tarde|noche))|(?:\b(?:at|around|about|a las?|a eso de las)\s+)?\b(\d{1,2}):(\d{2})\b|\b(?:at|around|a las?)\s+(\d{1,2})\b(?!\s*(?:mg|mmol|%|[.,:]\d))/i;
const agoPattern =
  /\b(?:(\d{1,3}|an?|half an|una?|media)\s*(minutes?|mins?|minutos?|hours?|hrs?|h|horas?|hora)\s+ago|hace\s+(\d{1,3}|una?|media)\s+(minutos?|horas?|hora))\b/i;

/** The hours stand for "this morning" and the like; they say roughly when, never exactly. */
const parts: readonly (readonly [RegExp, number, number])[] = [
  [/\b(?:last night|anoche)\b/, 22, 1],
  [/\b(?:yesterday morning|ayer en la manana|ayer por la manana)\b/, 8, 1],
  [/\b(?:yesterday|ayer)\b/, 12, 1],
  [
    /\b(?:this morning|woke up|waking up|wake up|esta manana|en la manana|al despertar|me desperte|al levantarme)\b/,
    7,
    0,
  ],
  [/\b(?:this afternoon|esta tarde|en la tarde)\b/, 15, 0],
  [/\b(?:at noon|noon|mediodia)\b/, 12, 0],
  [/\b(?:tonight|this evening|esta noche)\b/, 20, 0],
  [/\b(?:at midnight|medianoche)\b/, 0, 0],
];

export function findTime(text: string): TimeSaid | null {
  const ago = agoPattern.exec(text);
  if (ago) {
    const [, count = ago[3] ?? "", unit = ago[4] ?? ""] = ago;
    const number = /^\d/.test(count) ? Number(count) : /half|media/i.test(count) ? 0.5 : 1;
    return { kind: "ago", minutes: /^h/i.test(unit) ? number * 60 : number };
  }
  const words = plainWords(text);
  if (/\b(?:now|right now|just now|ahora|ahorita)\b/.test(words) && !/\bby now\b/.test(words))
    return { kind: "ago", minutes: 0 };
  const part = parts.find(([pattern]) => pattern.test(words));
  const clock = clockPattern.exec(text);
  if (clock) {
    const hour = Number(clock[1] ?? clock[4] ?? clock[6]);
    const minute = Number(clock[2] ?? clock[5] ?? 0);
    if (hour > 24 || minute > 59) return null;
    const said = (clock[3] ?? "").toLowerCase();
    const half = said.startsWith("a") || /ma[nñ]ana/.test(said) ? "am" : said === "" ? null : "pm";
    return { kind: "clock", hour: hour % 24, minute, half: hour > 12 ? null : half, daysAgo: part?.[2] ?? 0 };
  }
  return part ? { kind: "part", hour: part[1], daysAgo: part[2] } : null;
}

/** The moment a reading was taken: the latest one that fits what was said and is not after the message. */
export function momentOf(time: TimeSaid | null, sent: Temporal.Instant, zone: string): Temporal.Instant {
  if (time === null) return sent;
  if (time.kind === "ago") return sent.subtract({ seconds: Math.round(time.minutes * 60) });
  const here = sent.toZonedDateTimeISO(zone);
  const day = here.toPlainDate().subtract({ days: time.daysAgo });
  const hours = time.kind === "part" ? [time.hour] : hoursOf(time.hour, time.half);
  const minute = time.kind === "clock" ? time.minute : 0;
  const moments = [0, 1].flatMap((back) =>
    hours.map((hour) =>
      day
        .subtract({ days: back })
        .toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour, minute) })
        .toInstant(),
    ),
  );
  const past = moments.filter((moment) => Temporal.Instant.compare(moment, sent) <= 0);
  return past.sort(Temporal.Instant.compare).at(-1) ?? sent;
}

function hoursOf(hour: number, half: "am" | "pm" | null): number[] {
  if (hour > 12 || hour === 0) return [hour];
  if (half === "am") return [hour % 12];
  if (half === "pm") return [(hour % 12) + 12];
  return [hour % 12, (hour % 12) + 12];
}
