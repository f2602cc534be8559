/** Every statement of the product, before anyone runs it: queries are compiled at their first use, so they are compiled here. */
import { expect, test } from "bun:test";
import { compileQueries, query } from "@core/db/query.ts";
import { loadKernel } from "@core/product.ts";
import { sql } from "drizzle-orm";
import { insertStone, stones } from "../sample/store.ts";

test("every statement parses, and one that changes a table returns the keys of its rows", async () => {
  await loadKernel({ environment: "development" });
  expect(compileQueries()).toBeGreaterThan(600);
  expect(compileQueries()).toBe(0);
  expect([...insertStone.elements.changed.keys()]).toEqual(["sample.stones"]);
});

test("one that tells no keys, and one that does not parse, are refused there and at their first use", () => {
  const silent = query()((db) => db.delete(stones));
  expect(compileQueries).toThrow("a query that changes sample.stones must return the key of its rows");
  expect(() => silent.text).toThrow("a query that changes sample.stones must return the key of its rows");
  query()((db) => db.select({ id: stones.id }).from(stones).where(sql`id = = 1`));
  expect(compileQueries).toThrow("syntax error");
});
