/**
 * What was sent with a form that the house had no room for: the page that says so carries it back, so that nobody types
 * or draws it again. Only what the form declares, and never a field that is `writeOnly` (a password, a PIN, a code), as
 * JSON Schema calls a value that is taken and not given back.
 */
import type { TObject } from "@sinclair/typebox";
import type { MountedRoute } from "../kernel.ts";
import type { Typed } from "../module.ts";
import type { Problem, ProblemCode } from "../problem.ts";

export interface KeptForm {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** A page cannot hand a file back: it is chosen again. */
  readonly files: readonly { readonly name: string; readonly filename: string }[];
  /** A password, a PIN or a signature was sent too, and is asked for again. */
  readonly withholds: boolean;
  /** Nothing has to be added, and nothing was done: it goes out again without being told to. */
  readonly goesByItself: boolean;
}

/** Nothing was done, for a reason that passes. */
const passing: readonly ProblemCode[] = ["busy", "locked", "failed", "not-recorded"];

/** Is there a form to give back after this? */
export const isKept = ({ route }: Pick<MountedRoute, "route">, { code }: Pick<Problem, "code">): boolean =>
  // Who is at the door has a password in his hand and little else; what another site sent is that site's to send again.
  route.method === "POST" && passing.includes(code) && !("before" in route || "fromElsewhere" in route);

export function keptForm(
  { route }: Pick<MountedRoute, "route">,
  { code }: Pick<Problem, "code">,
  sent: { readonly action: string; readonly typed: Typed; readonly files: Readonly<Record<string, string>> },
): KeptForm {
  const declared = ((route.body as TObject | undefined)?.properties ?? {}) as Readonly<
    Record<string, { readonly writeOnly?: boolean } | undefined>
  >;
  const fieldOf = (name: string) => declared[name] ?? declared[name.split(".", 1)[0] ?? ""];
  const isSecret = (name: string) => fieldOf(name)?.writeOnly === true;
  const isGivenBack = (name: string) => fieldOf(name) !== undefined && !isSecret(name);
  const fields = Object.entries(sent.typed)
    .filter(([name]) => isGivenBack(name))
    .flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const));
  const files = Object.entries(sent.files)
    .filter(([name, filename]) => isGivenBack(name) && filename !== "")
    .map(([name, filename]) => ({ name, filename }));
  const withholds = Object.keys(sent.typed).some(isSecret) || route.signs !== undefined;
  return {
    action: sent.action,
    fields,
    files,
    withholds,
    goesByItself: code === "busy" && !withholds && files.length === 0,
  };
}
