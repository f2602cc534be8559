import { expect, test } from "bun:test";
import { sealed } from "@core/db/sealed-column.ts";
import { placeOf, Sealed, type SealedPlace } from "@core/vault/sealed.ts";
import { getTableColumns, type InferInsertModel, type InferSelectModel } from "drizzle-orm";
import { alias, pgSchema, text, uuid } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";

const visits = pgSchema("milestones").table("visits", {
  id: uuid("id").primaryKey(),
  title: text("title"),
  note: sealed("note", "milestones.note").notNull(),
  vitals: sealed<{ pulse: number }>("vitals", "milestones.vitals"),
});
const db = drizzle.mock();
const note: SealedPlace = { fieldClass: "milestones.note", table: "milestones.visits", column: "note" };
const id = Bun.randomUUIDv7();

test("the column knows its class, table and name", () => {
  expect(placeOf(visits.note)).toEqual(note);
  expect(placeOf(visits.vitals)).toMatchObject({ fieldClass: "milestones.vitals", column: "vitals" });
  expect(getTableColumns(visits).note.getSQLType()).toBe("bytea");
  expect(placeOf(alias(visits, "v").note)).toEqual(note);
});

test("what is read is sealed, whatever form the bytes come in", () => {
  for (const form of [Buffer.from("abc"), "\\x616263"]) {
    const read: unknown = visits.note.mapFromDriverValue(form);
    expect(Sealed.is(read)).toBe(true);
    expect(Buffer.from(Sealed.ciphertextOf(read as Sealed, note)).toString()).toBe("abc");
  }
  expect(() => visits.note.mapFromDriverValue("abc")).toThrow("not bytes");
});

test("only what was sealed for this column is written", () => {
  const fits = Sealed.around(Buffer.from("abc"), note);
  const { params } = db.insert(visits).values({ id, note: fits }).toSQL();
  expect(params).toContainEqual(Buffer.from("abc"));
  const forTitle = Sealed.around(Buffer.from("abc"), { ...note, column: "title" });
  expect(() => db.insert(visits).values({ id, note: forTitle }).toSQL()).toThrow();
  expect(() =>
    db
      .insert(visits)
      .values({ id, note: "plain" as unknown as Sealed })
      .toSQL(),
  ).toThrow("Seal it first");
  expect(() => placeOf(visits.title as never)).toThrow("not a sealed column");
});

/** Compiled, not run. */
export function typesHold(row: InferSelectModel<typeof visits>): unknown[] {
  const read: Sealed = row.note;
  const vitals: Sealed<{ pulse: number }> | null = row.vitals;
  const place: SealedPlace<{ pulse: number }> = placeOf(visits.vitals);
  // @ts-expect-error the note comes sealed
  const shown: string = row.note;
  // @ts-expect-error a text is not stored in a sealed column
  const written: InferInsertModel<typeof visits> = { id, note: "plain" };
  // @ts-expect-error an ordinary column has no place in the vault
  const none = () => placeOf(visits.title);
  return [read, vitals, place, shown, written, none];
}
