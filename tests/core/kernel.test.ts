/** The kernel refuses a manifest in a sentence that names the module and the item. */
import { describe, expect, test } from "bun:test";
import { assemble } from "@core/kernel.ts";
import type { Module } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import { sample } from "../sample/module.tsx";

const whole = sample as unknown as Module;
const broken = (change: object): Module => ({ ...whole, ...change }) as Module;
const [firstRoute] = whole.routes;

describe("a manifest is refused", () => {
  const cases: readonly (readonly [string, readonly Module[], string])[] = [
    ["two modules of one name", [whole, whole], 'Two modules are called "sample".'],
    ["an id that is no word", [broken({ id: "Sample 2" })], "its id must be a short word"],
    ["the kernel's own name", [broken({ id: "core" })], 'The module "core" cannot be loaded'],
    ["no kind of workspace", [broken({ workspaces: [] })], "no kind of workspace"],
    ["the administrator's role", [broken({ roles: { administrator: { title: "King" } } })], 'its role "administrator"'],
    [
      "a permission of another's",
      [broken({ permissions: { "other.read": { title: "x", roles: {} } } })],
      '"other.read" must begin with "sample."',
    ],
    [
      "a role it does not bring",
      [broken({ permissions: { "sample.read": { title: "x", roles: { pope: "workspace" } } } })],
      'the role "pope"',
    ],
    [
      "a silent event",
      [broken({ events: { "sample.placed": { title: "x", says: " ", personal: "none" } } })],
      'its event "sample.placed" has no sentence',
    ],
    [
      "a route that needs what is not there",
      [broken({ routes: [{ ...firstRoute, needs: "sample.nothing" }] })],
      'needs "sample.nothing"',
    ],
    ["two routes in one place", [broken({ routes: [firstRoute, firstRoute] })], "two routes GET /"],
    [
      "a signature without a meaning",
      [broken({ routes: [{ ...firstRoute, signs: "sample.placed" }] })],
      "an event without a meaning",
    ],
    [
      "a field class nobody can open",
      [broken({ fieldClasses: { "sample.writing": { title: "x", key: "subject", opensWith: "sample.no" } } })],
      'opens with "sample.no"',
    ],
    ["a sealed column without its class", [broken({ fieldClasses: {} })], "which nobody declares"],
    [
      "a setting without a default",
      [broken({ settings: t.Object({ height: t.Integer({ title: "Height" }) }) })],
      'its setting "height" has no default',
    ],
    [
      "a setting without a title",
      [broken({ settings: t.Object({ height: t.Integer({ default: 1 }) }) })],
      'its setting "height" has no title',
    ],
    [
      "a job that asks for too much",
      [broken({ jobs: { "sample.sweep": { ...whole.jobs?.["sample.sweep"], permissions: ["sample.no"] } } })],
      'its job "sample.sweep" asks for "sample.no"',
    ],
    [
      "a page nobody may open",
      [broken({ navigation: [{ title: "Stones", path: "/", needs: "sample.no" }] })],
      '"Stones" needs "sample.no"',
    ],
    [
      "an export nobody may take",
      [broken({ exports: { "sample.stones": { title: "x", format: "csv", needs: "sample.no" } } })],
      'its export "sample.stones"',
    ],
  ];
  test.each(cases)("%s", (_name, modules, sentence) => {
    expect(() => assemble(modules)).toThrow(sentence);
  });
  test("two answers to one question", () => {
    const second = broken({
      id: "second",
      roles: {},
      permissions: {},
      events: {},
      fieldClasses: {},
      exports: {},
      tables: {},
      settings: undefined,
      routes: [],
      portals: [],
      navigation: [],
      dashboard: [],
      jobs: {},
      errands: [],
    });
    expect(() => assemble([whole, second])).toThrow('it answers "consent.standing", and so does "sample"');
  });
});

test("the sample uses every field of the contract", () => {
  const fields = [
    "id",
    "title",
    "summary",
    "workspaces",
    "roles",
    "permissions",
    "events",
    "fieldClasses",
    "exports",
    "schema",
    "tables",
    "settings",
    "routes",
    "portals",
    "navigation",
    "dashboard",
    "jobs",
    "listens",
    "answers",
    "demo",
    "errands",
    "agenda",
    "card",
    "texts",
  ];
  expect(fields.filter((field) => !(field in whole))).toEqual([]);
  expect(assemble([whole]).catalogue.length).toBe(
    whole.routes.length + (whole.portals ?? []).flatMap(({ routes }) => routes).length,
  );
});
