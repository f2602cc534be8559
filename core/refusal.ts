/** How a Cairn process ends: `--help` and the README name these numbers. */
export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, configuration: 78 } as const;

/**
 * An error whose message is a whole sentence for the person who meets it, with the way out. It is printed as it is,
 * so it never carries a value out of a patient's record.
 */
export class Refusal extends Error {
  override readonly name: string = "Refusal";

  constructor(
    message: string,
    readonly exitCode: number = exitCodes.failed,
  ) {
    super(message);
  }
}

/** What may be shown of an error nobody foresaw: a database's message can quote the value it stumbled over. */
export function describeError(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof Error)) return "Something failed and did not say what.";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const fromDatabase = "query" in error || "severity" in error || error.cause !== undefined;
  if (!fromDatabase) return error.message || error.name;
  return mayBeQuoted(code)
    ? `The database answered ${code}: ${error.message}`
    : `The database answered ${code || error.name}.`;
}

/** SQLSTATE classes that speak of sign-in, names, syntax and resources; 22 and 23 quote data and stay unquoted. */
function mayBeQuoted(code: string): boolean {
  return /^(08|25|28|2B|3D|3F|42|53|55|57)/.test(code);
}
