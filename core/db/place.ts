/** Where a statement runs: sent along with every row that is inserted, and compared by the walls with the signed context. */
import { type SQL, sql } from "drizzle-orm";

export interface RowPlace {
  readonly tenant: string;
  readonly workspace: string | null;
  readonly actor: string | null;
}

const PREFIX = "place.";

/** For a column's `$defaultFn`: a parameter that the data layer fills in for each statement. */
export const fromPlace = (part: keyof RowPlace) => (): SQL => sql`${sql.placeholder(PREFIX + part)}`;

/** Which part of the place a parameter stands for; null for a parameter of the store's own. */
export function placePart(name: string): keyof RowPlace | null {
  return name.startsWith(PREFIX) ? (name.slice(PREFIX.length) as keyof RowPlace) : null;
}
