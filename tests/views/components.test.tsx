/** The markup that matters: names, links between fields and their words, entered text that stays. */
import { describe, expect, test } from "bun:test";
import { assets, assetUrl } from "@views/assets";
import { Badge } from "@views/badge";
import { PostButton } from "@views/button";
import { HeatTable, LineChart, Sparkline } from "@views/chart";
import { Confirm } from "@views/dialog";
import {
  Checkbox,
  CheckboxGroup,
  DateField,
  dateFromParts,
  ErrorSummary,
  Form,
  NumberField,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "@views/form";
import { type Html, render, renderPage } from "@views/html";
import { Page, PlainPage } from "@views/page";
import { ProblemPage } from "@views/problem";
import { SchemaForm } from "@views/schema-form";
import { DataTable, Pager } from "@views/table";
import { Time } from "@views/time";

const attribute = (html: string, element: RegExp, name: string): string | undefined =>
  new RegExp(`${name}="([^"]*)"`).exec(element.exec(html)?.[0] ?? "")?.[1];

describe("a field", () => {
  const refused = { values: { age: "abc" }, errors: { age: "Age must be a number" } };

  test("is described by its hint, its error and its unit, in that order, and each exists", () => {
    const html = render(
      <NumberField name="age" label="Age" hint="At screening" unit="years" form={refused} value={40} />,
    );
    const ids = attribute(html, /<input[^>]*>/, "aria-describedby")?.split(" ");
    expect(ids).toEqual(["field-age-hint", "field-age-error", "field-age-unit"]);
    for (const id of ids ?? []) expect(html).toContain(`id="${id}"`);
    expect(attribute(html, /<input[^>]*>/, "aria-invalid")).toBe("true");
    expect(html).toContain('<label for="field-age">Age</label>');
  });

  test("keeps what was entered over what is stored, and never a password", () => {
    expect(render(<NumberField name="age" label="Age" form={refused} value={40} />)).toContain('value="abc"');
    expect(render(<TextField name="age" label="Age" value="40" />)).toContain('value="40"');
    const password = render(<TextField name="age" label="Password" type="password" form={refused} value="40" />);
    expect(password).not.toContain("value=");
  });

  test("keeps an emptied field empty and an unticked box unticked", () => {
    const sent = { values: { note: "" } };
    expect(render(<TextField name="note" label="Note" form={sent} value="old" />)).not.toContain("old");
    expect(render(<Checkbox name="agree" label="I agree" form={sent} checked />)).not.toContain("checked");
    expect(render(<Checkbox name="agree" label="I agree" checked />)).toContain("checked");
    expect(
      render(<CheckboxGroup name="sites" label="Sites" options={["1", "2"]} form={sent} value={["1"]} />),
    ).not.toContain("checked");
  });

  test("marks the chosen option by its value", () => {
    const options = [
      { value: "1", label: "One" },
      { value: "2", label: "Two" },
    ];
    expect(render(<Select name="n" label="N" options={options} value={2} />)).toContain('value="2" selected');
    expect(render(<RadioGroup name="n" label="N" options={options} value="2" />)).toContain('value="2" checked');
  });

  test("keeps the first empty line of a long text", async () => {
    const html = render(<TextArea name="t" label="T" value={"\nsecond line"} />);
    expect(html).toContain(">\n\nsecond line</textarea>");
  });

  test("a group's error leads to its first control", () => {
    const form = { errors: { position: "Choose a position" } };
    const html = render(
      <>
        <ErrorSummary form={form} />
        <RadioGroup name="position" label="Position" options={["Sitting", "Supine"]} form={form} />
      </>,
    );
    expect(html).toContain('href="#field-position"');
    expect(html).toMatch(/<input id="field-position" type="radio"/);
  });
});

describe("a date in three parts", () => {
  test("shows what is known", () => {
    const html = render(<DateField name="onset" label="Onset" parts value="2024-09" />);
    expect(html).toContain(
      'name="onset-year" type="text" class="width-s" inputmode="numeric" autocomplete="off" value="2024"',
    );
    expect(html).toContain('value="09" selected');
  });
  test.each([
    [{ "d-day": "2", "d-month": "11", "d-year": "2026" }, "2026-11-02"],
    [{ "d-month": "11", "d-year": "2026" }, "2026-11"],
    [{ "d-day": "", "d-month": "", "d-year": " 2026 " }, "2026"],
    [{}, ""],
  ])("%p reads %p", (values, date) => {
    expect(dateFromParts(values, "d")).toBe(date);
  });
});

describe("a form", () => {
  test("posts, guards unsaved entries and keeps its draft's address", () => {
    const html = render(
      <Form action="/visits/4" draft="/visits/4/draft" hidden={{ version: 7 }}>
        x
      </Form>,
    );
    expect(html).toContain('method="post" action="/visits/4"');
    expect(html).toContain("data-guard");
    expect(html).toContain('data-draft="/visits/4/draft"');
    expect(html).toContain('<input type="hidden" name="version" value="7"/>');
  });
  test("one act is one form", () => {
    expect(
      render(
        <PostButton action="/x" about="A. Okafor">
          Remove
        </PostButton>,
      ),
    ).toContain('Remove<span class="hidden-text"> A. Okafor</span></button></form>');
  });
  test("a confirmation leads back without doing anything", () => {
    const html = render(
      <Confirm action="/lock" confirm="Lock the visit" back="/visit">
        <p>Three forms.</p>
      </Confirm>,
    );
    expect(html).toContain('<a class="button" href="/visit">Cancel</a>');
  });
});

describe("a form from a schema", () => {
  const schema = {
    type: "object",
    required: ["days"],
    properties: {
      days: { type: "integer", title: "Days", minimum: 1, maximum: 28, default: 7 },
      quietHours: { type: "boolean", description: "Nothing is sent at night." },
      channel: { anyOf: [{ const: "sms", title: "Text message" }, { const: "mail" }], default: "sms" },
      site: { enum: ["a", "b", "c", "d", "e", "f"] },
      begins: { type: "string", format: "date" },
      holidays: { type: "array", items: { type: "string" } },
      roles: { type: "array", items: { enum: ["nurse", "physician"] } },
      secret: { type: "string" },
    },
  };
  const html = render(
    <SchemaForm
      schema={schema}
      values={{ holidays: ["2026-12-25", "2027-01-01"], roles: ["nurse"] }}
      omit={["secret"]}
    />,
  );
  test("has a field of the right kind for each property", () => {
    expect(html).toContain("From 1 to 28.");
    expect(html).toMatch(/name="days"[^>]* value="7"[^>]*inputmode="numeric"/);
    expect(html).toMatch(/id="field-quietHours" type="checkbox"/);
    expect(html).toContain("Quiet hours");
    expect(html).toMatch(/type="radio" name="channel" value="sms" checked/);
    expect(html).toContain("Text message");
    expect(html).toMatch(/<select id="field-site"/);
    expect(html).toMatch(/name="holidays"[^>]*>\n2026-12-25\n2027-01-01</);
    expect(html).toMatch(/type="checkbox" name="roles" value="nurse" checked/);
    expect(html).not.toContain("secret");
  });
  test("says what is optional", () => {
    expect(html).toContain('Begins<span class="optional"> (optional)</span>');
    expect(html).not.toContain('Days<span class="optional">');
  });
});

describe("a table", () => {
  const rows = [{ code: "A<1>", late: 3 }];
  const columns = [
    { key: "code", head: "Subject", sortable: true, cell: (row: (typeof rows)[number]) => row.code },
    { key: "late", head: "Days late", align: "end" as const, cell: (row: (typeof rows)[number]) => row.late },
  ];
  test("has a caption, a head for each column, a name for each row, and its order in words", () => {
    const html = render(
      <DataTable
        caption="1 subject"
        columns={columns}
        rows={rows}
        sort={{ key: "code", down: false }}
        sortHref={({ key, down }) => `?sort=${down ? "-" : ""}${key}`}
      />,
    );
    expect(html).toContain("<caption>1 subject</caption>");
    expect(html).toContain('<th scope="col" aria-sort="ascending"><a href="?sort=-code">');
    expect(html).toContain('<th scope="row">A&lt;1></th>');
    expect(html).toContain('<td class="end">3</td>');
    expect(html).toContain('tabindex="0"');
  });
  test("is not there when it is empty", () => {
    expect(render(<DataTable caption="None" columns={columns} rows={[]} empty={<p>Nobody yet</p>} />)).not.toContain(
      "<table",
    );
  });
  test("counts its pages", () => {
    const html = render(<Pager from={201} to={214} total={214} previous="?page=4" size={50} />);
    expect(html).toContain("201–214 of 214");
    expect(html).toContain("Previous");
    expect(html).not.toContain("Next");
    expect(render(<Pager from={101} to={200} total={214} next="?page=3" size={100} />)).toContain("Next 14");
  });
});

describe("a chart", () => {
  test("breaks its line where nothing was measured, and gives its numbers", () => {
    const html = render(
      <LineChart
        title="Level"
        summary="It rose."
        periods={["a", "b", "c", "d"]}
        series={[{ name: "Committee", values: [1, null, 3, 4] }]}
        band={{ name: "Peers", low: [1, 1, null, 2], high: [2, 2, null, 4] }}
        min={1}
        max={5}
      />,
    );
    const line = /class="series series-1" d="(M34 [^"]*)"/g;
    const paths = [...html.matchAll(line)].map((found) => found[1]);
    expect(paths).toEqual(["M34 220 M426 116 L622 64"]);
    expect(html).toContain('aria-label="It rose."');
    expect(html).toContain("Show as table");
    expect(html).toContain('<th scope="row">b</th><td class="end">–</td><td class="end">1–2</td>');
  });
  test("a heat cell always has its number", () => {
    const html = render(
      <HeatTable
        caption="L"
        rows="T"
        columns={["a", "b", "c"]}
        data={[{ name: "x", values: [1, 5, null] }]}
        min={1}
        max={5}
      />,
    );
    expect(html).toContain('<td class="heat-1">1</td><td class="heat-5">5</td><td class="heat-none">–</td>');
  });
  test("a sparkline says its values and survives having none", () => {
    expect(render(<Sparkline label="Weight" values={[1, null, 2]} min={0} max={2} />)).toContain("Weight: 1, none, 2");
    expect(render(<Sparkline label="Weight" values={[]} min={0} max={0} />)).not.toContain("NaN");
  });
});

describe("a time", () => {
  const shown = (html: Html, zone = "Europe/Amsterdam") => renderPage(html, { zone });
  test("is shown in the frame's zone, with the zone in its title", () => {
    expect(shown(<Time at="2026-11-02T08:14:00Z" />)).toContain(
      '<time datetime="2026-11-02T08:14:00Z" title="2 Nov 2026 09:14 CET">2026-11-02 09:14</time>',
    );
    expect(shown(<Time at={new Date("2026-07-01T22:30:00Z")} show="day" />)).toContain(">2026-07-02</time>");
  });
  test("a calendar date has no zone", () => {
    expect(shown(<Time at="2026-11-02" />, "Pacific/Honolulu")).toContain(">2026-11-02</time>");
    expect(shown(<Time at="2026" />)).toContain(">2026</time>");
  });
});

describe("a page", () => {
  const nav = [
    {
      title: "Study",
      items: [
        { label: "Overview", href: "/w/a" },
        { label: "Subjects", href: "/w/a/subjects", count: 3 },
      ],
    },
  ];
  const person = { name: "Ada" };

  test("is a whole document with the navigation after the content", () => {
    const html = renderPage(<Page title="Subjects">x</Page>, {
      nav,
      person,
      institution: "North",
      path: "/w/a/subjects/7",
    });
    expect(html).toStartWith('<!doctype html><html lang="en"');
    expect(html).toContain("<title>Subjects – North – Cairn</title>");
    expect(html.indexOf("<main")).toBeLessThan(html.indexOf('<nav id="nav"'));
    expect(html).toContain('<form method="post" action="/sign-out">');
  });

  test.each([
    ["/w/a/subjects/7", "/w/a/subjects"],
    ["/w/a", "/w/a"],
    ["/w/a/queries", "/w/a"],
    ["/w/ab", undefined],
  ])("at %s the item %s is marked", (path, marked) => {
    const html = renderPage(<Page title="T" />, { nav, path });
    expect(/href="([^"]*)" aria-current="page"/.exec(html)?.[1]).toBe(marked);
  });

  test("a refused form is named in the title", () => {
    const form = { errors: { "": "Someone else changed this form meanwhile" } };
    const html = renderPage(<Page title="Vital signs" form={form} />);
    expect(html).toContain("<title>Not saved: Vital signs");
    expect(html).toContain("There is a problem");
  });

  test("the strip is there in training and not in production; a session is warned of only where there is one", () => {
    expect(renderPage(<Page title="T" />, { environment: "Training" })).toContain("Training</div>");
    expect(renderPage(<Page title="T" />)).not.toContain('class="environment"');
    expect(renderPage(<Page title="T" />, { idleSeconds: 900 })).toContain('data-idle="900"');
    expect(renderPage(<Page title="T" />)).not.toContain("data-idle");
  });

  test("two pages in flight do not share a frame", () => {
    expect(renderPage(<Page title="T" />, { institution: "North" })).toContain("North");
    expect(renderPage(<Page title="T" />, { institution: "South" })).not.toContain("North");
  });

  test("holds no style, no script text and no handler", () => {
    const html = renderPage(<PlainPage title="Sign in">x</PlainPage>, {});
    expect(html).not.toMatch(/<style|style=|<script>| on[a-z]+=/);
  });

  test("a problem shows itself in the shell to those inside and plainly to others", () => {
    const problem = <ProblemPage title="Not found" sentence="There is no such page." reference="r-1" />;
    expect(renderPage(problem, { person, nav })).toContain('class="shell"');
    expect(renderPage(problem)).toContain("plain-narrow");
    expect(renderPage(problem)).toContain("<code>r-1</code>");
  });

  test("a badge has words", () => {
    expect(render(<Badge tone="query">2 queries</Badge>)).toBe('<span class="badge badge-query">2 queries</span>');
  });
});

describe("the assets", () => {
  test("each address holds the hash of its content, and the packed forms are the same content", () => {
    for (const [url, asset] of assets()) {
      expect(url).toContain(`.${Bun.hash(asset.body).toString(36)}.`);
      expect(Bun.gunzipSync(asset.gzip)).toEqual(asset.body);
      expect(new Uint8Array(Bun.zstdDecompressSync(asset.zstd))).toEqual(asset.body);
    }
    expect([...assets().keys()]).toContain(assetUrl("htmx.js"));
  });
});
