import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { SealBroken } from "@core/vault/errors.ts";
import { decodeValue, encodeValue, Sealed, type SealedPlace } from "@core/vault/sealed.ts";
import { h } from "preact";
import { renderToString } from "preact-render-to-string";

const place: SealedPlace = { fieldClass: "milestones.narrative", table: "milestones.milestones", column: "note" };
/** Stands for ciphertext; no byte of it may turn up anywhere either. */
const bytes = Buffer.from("CIPHERTEXT-OF-A-NARRATIVE");
const narrative = Sealed.around(bytes, place);
const unknown = narrative as unknown;
const sentence = "A sealed milestones.narrative cannot be shown";

describe("a sealed value refuses", () => {
  const ways: Record<string, () => unknown> = {
    String: () => String(unknown),
    template: () => `${unknown as string}`,
    "joining to text": () => "Note: ".concat(unknown as string),
    "a list joined": () => [unknown].join(","),
    "JSON.stringify": () => JSON.stringify({ note: unknown }),
    "a number": () => Number(unknown),
    "comparing sizes": () => (unknown as number) > 3,
    // biome-ignore lint/suspicious/noDoubleEquals: the loose comparison is what is tried
    "comparing to a text": () => unknown == "x",
    "an object's key": () => ({ [unknown as string]: 1 }),
    "a URL": () => new URLSearchParams({ q: unknown as string }),
    "a response": () => Response.json({ note: unknown }),
    "an attribute in a page": () => renderToString(h("p", { title: unknown as string })),
  };
  for (const [way, act] of Object.entries(ways)) test(way, () => expect(act).toThrow(sentence));
});

test("logged or inspected, it says only its class", () => {
  for (const said of [
    inspect(narrative),
    Bun.inspect(narrative),
    inspect({ a: [narrative] }, { depth: 9, showHidden: true }),
  ]) {
    expect(said).toContain("[sealed milestones.narrative]");
    expect(said).not.toContain("CIPHERTEXT");
    expect(said).not.toContain(String(bytes[0]));
  }
});

test("logged by the console, it says only its class", () => {
  const child = Bun.spawnSync({
    cmd: [
      process.execPath,
      "-e",
      `import { Sealed } from "./core/vault/sealed.ts";
       const s = Sealed.around(Buffer.from("${bytes.toString("hex")}", "hex"), { fieldClass: "a.b", table: "a.t", column: "c" });
       console.log(s, [s], { s }); console.error(new Error("x", { cause: s }))`,
    ],
    cwd: `${import.meta.dir}/../../..`,
  });
  const said = child.stdout.toString() + child.stderr.toString();
  expect(said).toContain("[sealed a.b]");
  expect(said).not.toContain("CIPHERTEXT");
});

test("as a child in a page nothing of it appears", () => {
  expect(renderToString(h("p", null, unknown as string))).toBe("<p></p>");
});

test("it has nothing to list, copy or clone", () => {
  expect(Object.keys(narrative)).toEqual([]);
  expect({ ...(unknown as object) }).toEqual({});
  expect(Object.isFrozen(narrative)).toBe(true);
});

test("its ciphertext goes to its own column only", () => {
  expect(Sealed.ciphertextOf(narrative, { ...place })).toBe(bytes);
  for (const other of [{ column: "title" }, { table: "edc.values" }, { fieldClass: "coaching.message" }]) {
    expect(() => Sealed.ciphertextOf(narrative, { ...place, ...other })).toThrow(SealBroken);
  }
});

test("what is opened is what was sealed: text, bytes, anything JSON can carry", () => {
  for (const value of [
    "",
    '{"not":1}',
    "\uFEFFé",
    new Uint8Array([0, 255]),
    { born: "1990-01-02", list: [1, null] },
    0,
    false,
    null,
  ]) {
    expect(decodeValue<unknown>(encodeValue(value))).toEqual(value);
  }
  expect(() => encodeValue(undefined)).toThrow("nothing to seal");
});

/** Compiled, not run: each line below must be an error, or tsc fails. */
export function typesRefuse(value: Sealed, other: Sealed<{ born: string }>): unknown[] {
  // @ts-expect-error a sealed value is not a text
  const text: string = value;
  // @ts-expect-error nor a number
  const number: number = value;
  // @ts-expect-error nor a child of an element
  const child: string | number | boolean | null | undefined = value;
  // @ts-expect-error nor a sealed value of another kind
  const kind: Sealed = other;
  // @ts-expect-error nor can anything else be taken for one
  const forged: Sealed = { toString: () => "x" };
  // @ts-expect-error nor can one be made but around ciphertext
  const made = new Sealed(new Uint8Array(1), { fieldClass: "a.b", table: "a.t", column: "c" });
  // @ts-expect-error its bytes are not a property
  const inside = value.bytes;
  // @ts-expect-error it cannot be added to
  const added = value * 2;
  return [text, number, child, kind, forged, made, inside, added];
}
