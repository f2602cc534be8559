/** The choice of cards in an institution's list: a table of cases. */
import { describe, expect, test } from "bun:test";
import { calendarFile } from "@core/agenda/calendar-file.ts";
import { chooseCards, valuesIn } from "@core/registry/choice.ts";

const columns = [
  { key: "phase", title: "Phase", kind: "text", filter: true },
  { key: "enrolled", title: "Enrolled", kind: "number" },
] as const;
const rows = [
  { slug: "b", title: "Beta", facts: { phase: "III", enrolled: 9 } },
  { slug: "a", title: "alpha", facts: { phase: "II", enrolled: 10 } },
  { slug: "c", title: "Gamma heart", facts: { phase: "III", enrolled: null } },
];

describe("cards are chosen", () => {
  test.each([
    ["everything by its title", {}, "a b c"],
    ["turned round", { dir: "desc" }, "c b a"],
    ["numbers as numbers, what is missing last", { sort: "enrolled" }, "b a c"],
    ["by a filter", { phase: "III" }, "b c"],
    ["by words anywhere", { find: "HEART iii" }, "c"],
    ["nothing", { find: "liver" }, ""],
    ["an order nobody offers is no order", { sort: "password" }, "a b c"],
    ["a filter nobody offers is no filter", { enrolled: "9" }, "a b c"],
  ])("%s", (_name, asked: Record<string, string>, expected) => {
    expect(
      chooseCards(rows, columns, asked)
        .map(({ slug }) => slug)
        .join(" "),
    ).toBe(expected);
  });
  test("the values of a filter", () => expect(valuesIn(rows, "phase")).toEqual(["II", "III"]));
});

test("a calendar's lines are folded at 75 octets and its text cannot break out", () => {
  const file = calendarFile(
    "My day",
    [
      {
        title: `Sign\r\nEND:VCALENDAR; really, ${"ä".repeat(60)}`,
        place: "Heart",
        on: "2026-12-01",
        url: "https://x.example/w/a",
      },
    ],
    new Date("2026-11-27T10:00:00Z"),
  );
  expect(file.match(/END:VCALENDAR/g)).toHaveLength(2);
  expect(file).toContain("SUMMARY:Sign\\nEND:VCALENDAR\\; really\\,");
  expect(file).toContain("DTSTART;VALUE=DATE:20261201");
  for (const line of file.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  expect(file.replaceAll("\r\n ", "")).toContain("ä".repeat(60));
});
