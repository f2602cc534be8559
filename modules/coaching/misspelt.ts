/**
 * Words of danger as a thumb in a panic, or an ear that never saw them written, spells them: "siezure", "morrir",
 * "kitarme". A word that no rule knows is also read as the one word of danger it is a slip away from; what it says as it
 * stands is read first and always. Ordinary words that look like one of danger stand on a list, found among real messages.
 */
import type { RuleSet } from "./rule-set.ts";

/** A slip away from a word of danger, and meant as they are. */
const ordinary = new Set(
  (
    "loving giving lived leaving filling willing calling telling pulling rolling selling falling failing " +
    "filing hearing wearing bearing reading heading leading seeing being dining dating during drying crying " +
    "flying lying tying heard heads beard board check cheese cheat chess chests house hours horse hurry hungry " +
    "hunger shooting shooing breath breathe bread brake broke bring blood bloom black block blame place plane " +
    "pains paint paid pass past paste person persons prison please pleased tight tights light night right " +
    "might fight sight eight weight waiting diving driving drinking thinking thanking sinking linking linked " +
    "liking living raining running ruining winning muerto murio morado moreno morena marido marida mando manda " +
    "mandar mirar mirando quitar quiero quieres quieren vida vivo viva viene vienes brazo brazos abrazo " +
    "abrazos pecho hecho pecha cara caro casa cosa caso thing tried todays close mates smiling others points " +
    "bold paying bother hell leaves checked booked sound center ones matter checking picking police exciting " +
    "letters closer pence stranger sharing showing drinks reasons finishes sweets becomes looked waited wasted " +
    "response responce shipping cooking strike shared smoking smiles infections breather hospitals gravel " +
    "chores shipped stands hunting begging strokes shoulders voila biola rice closes stripes hardest sitter " +
    "worrying canada losers someones driver phasing kissing placed kidding billion weigh easter shaping " +
    "childrens answers casing shove superb brought fats mistakes anythings smiley nose filled partners nobodys " +
    "senses easily phoned ceiling toking loosing themes sisters woulda crossing liver bluray cooked property " +
    "reapply treatin slacking stolen choosing shoving amused blessing chilling filming baking biking hiking " +
    "hugging hiding lifting bride brides shower showers stores stroll strolled cheeks checks peeking picked " +
    "packed parking barking banking singing swinging swimming sewing seating setting sitting skiing skating " +
    "shaving shopping stopping stepping mixing missing kicking ticking backing mailing making taking asking"
  ).split(" "),
);

type Words = ReadonlyMap<string, readonly string[]>;
const known = new WeakMap<RuleSet, { readonly all: ReadonlySet<string>; readonly byStart: Words }>();
/** What each word was read as, by rule set; people's vocabulary is small. */
const readAs = new WeakMap<RuleSet, Map<string, string>>();
const mostKept = 20_000;

function wordsOf(rules: RuleSet) {
  const made = known.get(rules);
  if (made) return made;
  const all = new Set(
    rules.phrases.flatMap((rule) => rule.says.flatMap((says) => says.match(/[\p{L}\p{N}]+\*?/gu) ?? [])),
  );
  const danger = rules.phrases
    .filter(({ stage }) => stage === "emergency" || stage === "crisis" || stage === "symptoms")
    .flatMap((rule) => rule.says.flatMap((says) => says.match(/[\p{L}\p{N}]+\*?/gu) ?? []))
    .filter((word) => word.length >= 4 && !word.endsWith("*"));
  const byStart = Map.groupBy(new Set(danger), (word) => sound(word)[0] ?? "");
  const words = { all: new Set([...all].map((word) => word.replace("*", ""))), byStart };
  known.set(rules, words);
  return words;
}

/** The same lines again with every slip mended; none when there was none. */
export function mended(lines: readonly string[], rules: RuleSet): readonly string[] {
  const kept = readAs.get(rules) ?? new Map<string, string>();
  readAs.set(rules, kept);
  if (kept.size > mostKept) kept.clear();
  return lines.flatMap((line) => {
    const read = line
      .split(" ")
      .map((word) => {
        const meant = kept.get(word) ?? meantBy(word, rules);
        kept.set(word, meant);
        return meant;
      })
      .join(" ");
    return read === line ? [] : [read];
  });
}

function meantBy(word: string, rules: RuleSet): string {
  if (word.length < 4 || word.length > 16 || !/^\p{L}+$/u.test(word) || ordinary.has(word)) return word;
  const { all, byStart } = wordsOf(rules);
  if (all.has(word)) return word;
  const heard = sound(word);
  const starts = byStart.get(heard[0] ?? "") ?? [];
  const alike = starts.filter((one) => sound(one) === heard);
  const near = alike.length > 0 ? alike : starts.filter((one) => isSlip(heard, sound(one)));
  // Two words that it could be are none.
  return near.length === 1 ? (near[0] ?? word) : word;
}

/** Letters that sound alike are one: b and v, k and qu and hard c, z and s, ll and y, a silent h. */
function sound(word: string): string {
  return word
    .replace(/qu(?=[ei])/g, "k")
    .replace(/c(?=[aouklrt]|$)/g, "k")
    .replace(/[cz](?=[eiy])|z/g, "s")
    .replace(/v/g, "b")
    .replace(/(?<![cpstg])h(?=[aeiou])/g, "")
    .replace(/(\p{L})\1/gu, "$1");
}

/** Neighbours that changed places; from six letters on also one letter missing, too many or another. */
function isSlip(word: string, meant: string): boolean {
  const [short, long] = word.length <= meant.length ? [word, meant] : [meant, word];
  if (long.length - short.length > 1 || long.length < 4) return false;
  let from = 0;
  while (from < short.length && short[from] === long[from]) from += 1;
  if (short.length === long.length) {
    const isSwapped = short[from] === long[from + 1] && short[from + 1] === long[from];
    if (isSwapped && short.slice(from + 2) === long.slice(from + 2)) return true;
    return long.length >= 6 && short.slice(from + 1) === long.slice(from + 1);
  }
  return long.length >= 6 && short.slice(from) === long.slice(from + 1);
}
