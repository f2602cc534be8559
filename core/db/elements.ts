/**
 * Which tables and columns a statement touches, read from the statement itself by PostgreSQL's own parser.
 *
 * The record must not depend on what a handler claims (architecture.md §6), so each distinct text is parsed once and its
 * elements kept. The parser cannot see through views and functions: stores read tables.
 */
import { loadModule, parseSync } from "libpg-query";

export interface Elements {
  /** table ("milestones.evaluations") → columns read, in no order. "*" where a whole row is taken. */
  readonly read: ReadonlyMap<string, ReadonlySet<string>>;
  readonly changed: ReadonlyMap<string, ReadonlySet<string>>;
}

type Node = { readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

await loadModule();
const known = new Map<string, Elements>();

/** Throws when the text does not parse or holds more than one statement. */
export function elementsOf(text: string): Elements {
  let elements = known.get(text);
  if (!elements) {
    elements = parse(text);
    // Dynamic filters make a bounded number of texts; a bound all the same, so that a mistake cannot fill the memory.
    if (known.size > 5_000) known.clear();
    known.set(text, elements);
  }
  return elements;
}

function parse(text: string): Elements {
  const statements = (parseSync(text) as { stmts?: readonly { stmt: Node }[] }).stmts ?? [];
  if (statements.length !== 1) throw new Error("a query is exactly one statement");
  const read = new Map<string, Set<string>>();
  const changed = new Map<string, Set<string>>();
  visit(statements[0]?.stmt as Node, [], read, changed);
  return { read, changed };
}

/** name in scope (alias or table name, and the qualified name) → table, or null for a CTE or subquery. */
type Scope = Map<string, string | null>;

const add = (into: Map<string, Set<string>>, table: string, column: string) => {
  const columns = into.get(table);
  if (columns) columns.add(column);
  else into.set(table, new Set([column]));
};

function nameOf(rangeVar: Node): string {
  return rangeVar.schemaname ? `${rangeVar.schemaname}.${rangeVar.relname}` : String(rangeVar.relname);
}

/** Enters every range variable below `from` (not inside sub-selects) into the scope. */
function enterFrom(from: unknown, scope: Scope, ctes: ReadonlySet<string>, read: Map<string, Set<string>>): void {
  if (Array.isArray(from)) {
    for (const item of from) enterFrom(item, scope, ctes, read);
    return;
  }
  if (!isNode(from)) return;
  if (isNode(from.RangeVar)) {
    const table = nameOf(from.RangeVar);
    const alias = isNode(from.RangeVar.alias) ? String(from.RangeVar.alias.aliasname) : null;
    const target = !from.RangeVar.schemaname && ctes.has(table) ? null : table;
    scope.set(alias ?? String(from.RangeVar.relname), target);
    if (!alias) scope.set(table, target);
    if (target && !read.has(target)) read.set(target, new Set());
  } else if (isNode(from.JoinExpr)) {
    enterFrom(from.JoinExpr.larg, scope, ctes, read);
    enterFrom(from.JoinExpr.rarg, scope, ctes, read);
  } else if (isNode(from.RangeSubselect)) {
    const alias = isNode(from.RangeSubselect.alias) ? String(from.RangeSubselect.alias.aliasname) : "";
    scope.set(alias, null);
  } else if (isNode(from.RangeFunction)) {
    const alias = isNode(from.RangeFunction.alias) ? String(from.RangeFunction.alias.aliasname) : "";
    scope.set(alias, null);
  }
}

function visit(
  node: unknown,
  scopes: readonly Scope[],
  read: Map<string, Set<string>>,
  changed: Map<string, Set<string>>,
): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, scopes, read, changed);
    return;
  }
  if (!isNode(node)) return;
  for (const [kind, value] of Object.entries(node)) {
    if (!isNode(value)) continue;
    if (kind === "ColumnRef") {
      readColumn(value, scopes, read);
    } else if (kind === "SelectStmt" || kind === "InsertStmt" || kind === "UpdateStmt" || kind === "DeleteStmt") {
      visitStatement(kind, value, scopes, read, changed);
    } else if (kind === "larg" || kind === "rarg") {
      // The two sides of a set operation are select statements without their wrapper.
      if ("op" in value || "targetList" in value) visitStatement("SelectStmt", value, scopes, read, changed);
      else visit(value, scopes, read, changed);
    } else {
      visit(value, scopes, read, changed);
    }
  }
}

function visitStatement(
  kind: string,
  statement: Node,
  outer: readonly Scope[],
  read: Map<string, Set<string>>,
  changed: Map<string, Set<string>>,
): void {
  const ctes = new Set<string>();
  const withClause = isNode(statement.withClause) ? statement.withClause : null;
  for (const cte of (withClause?.ctes as readonly Node[] | undefined) ?? []) {
    if (isNode(cte.CommonTableExpr)) ctes.add(String(cte.CommonTableExpr.ctename));
  }
  const scope: Scope = new Map();
  for (const cte of ctes) scope.set(cte, null);
  for (const outerScope of outer) for (const [name, table] of outerScope) if (table === null) ctes.add(name);
  enterFrom(statement.fromClause, scope, ctes, read);
  enterFrom(statement.usingClause, scope, ctes, read);
  const target = isNode(statement.relation) ? nameOf(statement.relation) : null;
  if (target && isNode(statement.relation)) {
    const alias = isNode(statement.relation.alias)
      ? String(statement.relation.alias.aliasname)
      : String(statement.relation.relname);
    scope.set(alias, target);
    scope.set(target, target);
    if (kind === "InsertStmt") scope.set("excluded", null);
    const columns = [
      ...(((kind === "InsertStmt" ? statement.cols : kind === "UpdateStmt" ? statement.targetList : []) as
        | readonly Node[]
        | undefined) ?? []),
      ...(((isNode(statement.onConflictClause) ? statement.onConflictClause.targetList : []) as
        | readonly Node[]
        | undefined) ?? []),
    ];
    if (!changed.has(target)) changed.set(target, new Set());
    for (const column of columns) if (isNode(column.ResTarget)) add(changed, target, String(column.ResTarget.name));
    if (kind === "DeleteStmt") add(changed, target, "*");
  }
  const scopes = [scope, ...outer];
  for (const [key, value] of Object.entries(statement)) {
    if (key === "relation") continue;
    visit({ [key]: value }, scopes, read, changed);
    if (Array.isArray(value)) continue;
  }
}

function readColumn(ref: Node, scopes: readonly Scope[], read: Map<string, Set<string>>): void {
  const parts = (ref.fields as readonly Node[]).map((field) =>
    isNode(field.String) ? String(field.String.sval) : "*",
  );
  const column = parts.at(-1) ?? "*";
  const qualifier = parts.slice(0, -1).join(".");
  if (qualifier) {
    for (const scope of scopes) {
      const table = scope.get(qualifier);
      if (table === null) return;
      if (table) {
        add(read, table, column);
        return;
      }
    }
    return;
  }
  // Unqualified: PostgreSQL would look in every table of the innermost scope that has one. Recorded for each of them:
  // what is shown stays a subset of what is recorded.
  for (const scope of scopes) {
    const tables = new Set([...scope.values()].filter((table): table is string => table !== null));
    if (tables.size === 0) continue;
    for (const table of tables) add(read, table, column);
    return;
  }
}
