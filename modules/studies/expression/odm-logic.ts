import { type Translation, translate } from "./foreign.ts";
import type { Scope } from "./kinds.ts";
import { parseExpression } from "./parser.ts";
import { printExpression } from "./printer.ts";

/** The name under which our own expressions stand in ODM files (FormalExpression/@Context). */
export const ownContext = "Cairn";

/** Formal expressions that we understand; any other language is kept and the data is collected unconditionally. */
const understood: ReadonlySet<string> = new Set([ownContext, "OpenEDC"]);

/**
 * `expressions`: by context, as the file has them. `spellings`: the ways in which the file may write an item's name.
 * The first that can be read wins.
 */
export function translateFormal(
  expressions: Readonly<Record<string, string>>,
  scope: Scope,
  spellings: ReadonlyMap<string, string>,
  wanted?: "boolean",
): Translation {
  let problem = "None of its formal expressions is in a language that is understood here.";
  const own = expressions[ownContext];
  for (const [context, text] of Object.entries(own === undefined ? expressions : { [ownContext]: own })) {
    if (!understood.has(context)) continue;
    const translation = translate(text, scope, context === ownContext ? {} : { spellings }, wanted);
    if (translation.text !== undefined) return translation;
    problem = translation.problem;
  }
  return { problem };
}

/** A collection exception says when to leave out; we say when to show. */
export function turned(condition: string): string {
  const { node } = parseExpression(condition);
  if (!node) return condition;
  if (node.is === "unary" && node.operator === "not") return printExpression(node.operand);
  return printExpression({ is: "unary", operator: "not", operand: node, start: 0, end: 0 });
}
