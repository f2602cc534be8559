/** The same thing always as the same text: what a digest, and so a signature, can be bound to. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : one,
  );

export const digestOf = (value: unknown): Uint8Array =>
  new Uint8Array(new Bun.CryptoHasher("sha256").update(canonical(value)).digest());

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
