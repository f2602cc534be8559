/** Numbers spoken to a telephone: "my sugar is fifty two", "tengo el azúcar en sesenta y dos". Enough for 1 to 999. */
import { plainWords } from "@core/sms/wording.ts";

const units: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{
      one: 1,
      two: 2,
      three: 3,
      four: 4,
      five: 5,
      six: 6,
      seven: 7,
      eight: 8,
      nine: 9,
      ten: 10,
      eleven: 11,
      twelve: 12,
    },
    ...{ thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19 },
    ...{
      un: 1,
      uno: 1,
      dos: 2,
      tres: 3,
      cuatro: 4,
      cinco: 5,
      seis: 6,
      siete: 7,
      ocho: 8,
      nueve: 9,
      diez: 10,
      once: 11,
    },
    ...{ doce: 12, trece: 13, catorce: 14, quince: 15, dieciseis: 16, diecisiete: 17, dieciocho: 18, diecinueve: 19 },
  }),
);
const tens: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90 },
    ...{ veinte: 20, treinta: 30, cuarenta: 40, cincuenta: 50, sesenta: 60, setenta: 70, ochenta: 80, noventa: 90 },
  }),
);
const hundreds: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ hundred: 100, cien: 100, ciento: 100, doscientos: 200, trescientos: 300, cuatrocientos: 400, quinientos: 500 },
  }),
);

/** The number said after the word that `cue` finds; null when there is none of two digits or more. */
export function numberInWords(text: string, cue: RegExp): number | null {
  const at = cue.exec(text);
  if (!at) return null;
  const words = plainWords(text.slice(at.index)).split(" ");
  for (let first = 0; first < words.length; first += 1) {
    const value = numberFrom(words.slice(first, first + 5));
    if (value !== null && value >= 20) return value;
  }
  return null;
}

function numberFrom(words: readonly string[]): number | null {
  let value = 0;
  let seen = false;
  for (const [place, word] of words.entries()) {
    const hundred = hundreds.get(word);
    const ten = tens.get(word);
    const unit = units.get(word);
    if (hundred !== undefined) value = word === "hundred" ? Math.max(1, value) * 100 : value + hundred;
    // "one twenty" is said for 120, and "two fifty" for 250.
    else if (ten !== undefined) value = seen && place === 1 && value < 10 ? value * 100 + ten : value + ten;
    else if (unit !== undefined) value += unit;
    else if ((word === "and" || word === "y") && seen) continue;
    else break;
    seen = true;
  }
  return seen ? value : null;
}
