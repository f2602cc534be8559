/** An authenticator app without a phone: reads the key from the page, and shows codes. */
import { codeAt, stepAt } from "@core/vault/one-time-code.ts";
import type { Jar } from "./jar.ts";
import type { Answer, Client } from "./world.ts";

export interface App {
  readonly seed: Uint8Array;
  /** `steps` away from now: the code to come is 1. */
  code(steps?: number): string;
}

export function appFor(seed: Uint8Array): App {
  return { seed, code: (steps = 0) => codeAt(seed, stepAt(new Date()) + steps) };
}

/** The key that a page shows for typing. */
export function keyOn(page: string): Uint8Array {
  const [, letters = ""] = /<p class="mono">([A-Z2-7 ]+)<\/p>/.exec(page) ?? [];
  const bits = [...letters.replaceAll(" ", "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

export interface Enrolled {
  readonly app: App;
  readonly codes: readonly string[];
  readonly answer: Answer;
}

/** Sets up an app as a person would: with the code of the step before, so that the one of now is still good. */
export async function enrol(browser: Client | Jar): Promise<Enrolled> {
  const page = await browser.get("/account/second");
  const app = appFor(keyOn(page.text));
  const [, seed = ""] = /name="seed" value="([^"]+)"/.exec(page.text) ?? [];
  const answer = await browser.post("/account/second", { seed, code: app.code(-1) });
  const codes = [...answer.text.matchAll(/<li>((?:[A-Z2-7]{4}-){5}[A-Z2-7]{4})<\/li>/g)].map(([, code = ""]) => code);
  return { app, codes, answer };
}
