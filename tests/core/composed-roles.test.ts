/** What a role may be composed of: the rules alone, and that the product's own roles keep to them. */
import { describe, expect, test } from "bun:test";
import { composedWrongly, keyOf, offersFor, type RolePlace, Roles } from "@core/access/roles.ts";
import { apartIn, assemble } from "@core/kernel.ts";
import { modules } from "../../modules/index.ts";

const kernel = assemble(modules);
const everything = () => true;
const keys = (place: RolePlace, holds: (permission: string) => boolean = everything) =>
  offersFor(kernel, place, holds).flatMap(({ offers }) => offers.map(keyOf));

describe("what is on offer", () => {
  test.each(["program", "study", "service", "institution"] as const)(
    "for a %s goes no further than a role of the house",
    (place) => {
      const offered = keys(place);
      expect(offered.length).toBeGreaterThan(10);
      const held = new Set(kernel.rolePermissions.map(keyOf));
      expect(offered.filter((key) => !held.has(key))).toEqual([]);
      expect(offered.filter((key) => kernel.reserved.has(key.split("@")[0] ?? ""))).toEqual([]);
      expect(offered.filter((key) => key.endsWith("@own"))).toEqual([]);
    },
  );
  test("in a workspace holds nothing that only the administrator has, and of no module for another kind", () => {
    const offered = keys("study");
    expect(
      offered.filter((key) => /^(milestones|coaching)\.|core\.(tenant|roles|providers|audit\.hold)/.test(key)),
    ).toEqual([]);
    expect(offered).toContain("studies.data.read@site");
  });
  test("for the whole institution is what whoever composes holds himself", () => {
    expect(keys("institution", (permission) => permission === "core.people.read")).toEqual([
      "core.people.read@workspace",
    ]);
    expect(keys("institution")).not.toContain("core.roles.manage@workspace");
    expect(keys("institution").filter((key) => !key.startsWith("core."))).toEqual([]);
  });
});

const groups = (place: RolePlace) => offersFor(kernel, place, everything);
const cases: readonly (readonly [string, RolePlace, readonly string[], RegExp | null])[] = [
  ["a reader of one site", "study", ["studies.data.read@site", "core.subjects.read@site"], null],
  ["a statistician of one's own", "study", ["studies.data.read@workspace", "studies.export@workspace"], null],
  ["nothing", "study", [], /at least one/],
  ["a wider reach", "study", ["studies.data.enter@workspace"], /can not be put/],
  ["the house's own errands", "study", ["studies.slots.write@workspace"], /can not be put/],
  [
    "the allocation and cleaning",
    "study",
    ["studies.allocation.read@site", "studies.queries.open@site"],
    /knows the allocation/,
  ],
  ["arms and randomising", "study", ["studies.arms.read@site", "studies.randomise@site"], /knows the allocation/],
  ["arms and signing", "study", ["studies.sign@site", "studies.arms.read@site"], /knows the allocation/],
  [
    "writing and activating a scheme",
    "study",
    ["studies.scheme.write@workspace", "studies.scheme.activate@workspace"],
    /into force/,
  ],
  ["entering and verifying", "study", ["studies.data.enter@site", "studies.verify@site"], /does not check/],
  ["signing and locking", "study", ["studies.sign@site", "studies.lock@workspace"], /does not lock/],
  ["what a machine wrote about trainees", "program", ["milestones.summaries.read@workspace"], /can not be put/],
  [
    "rating and deciding",
    "program",
    ["milestones.committee.rate@mine", "milestones.decide@workspace"],
    /does not finalise/,
  ],
  ["administrators' keys in a program", "program", ["core.tenant.manage@workspace"], /can not be put/],
];
test.each(cases)("%s", (_name, place, chosen, expected) => {
  const said = composedWrongly(kernel, groups(place), chosen);
  if (expected === null) expect(said).toBeNull();
  else expect(said).toMatch(expected);
});

test("no role of the product may do what must be apart", () => {
  const all = new Roles(kernel, [], []);
  for (const [role] of kernel.roles)
    expect([
      role,
      apartIn(
        kernel.apart,
        all.permissionsOf(role).map(({ permission }) => permission),
      ),
    ]).toEqual([role, null]);
});
