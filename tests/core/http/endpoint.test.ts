/** The straight line, through HTTP against a real PostgreSQL: refusals first, then the deed, then the record. */
import { afterAll, beforeAll, describe, expect, setSystemTime, test } from "bun:test";
import { essence, isMarked, rowMarkKey } from "@core/documents/row-marks.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { unzip } from "../../support/files.ts";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let elsewhere: TestWorkspace;
let kit: TestPerson;
let wes: TestPerson;
let otto: TestPerson;
let asKit: Client;
let asWes: Client;
let asOtto: Client;
let subject: string;

beforeAll(async () => {
  world = await testWorld([sample]);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  elsewhere = await world.workspace("program", ["sample"], world.there);
  kit = await world.person("Kit Keeper", "keeper", place);
  wes = await world.person("Wes Walker", "walker", place);
  otto = await world.person("Otto Other", "keeper", elsewhere);
  [asKit, asWes, asOtto] = [await world.as(kit), await world.as(wes), await world.as(otto)];
  const [row] = await world.sql<{ id: string }>(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'trainee') returning id",
    [place.tenant.id, place.id],
  );
  subject = row?.id ?? "";
});
afterAll(async () => await world.stop());

const at = (path: string, workspace = place) => `/w/${workspace.slug}/sample${path}`;
const placeStone = async (title: string, client = asKit) => {
  const answer = await client.post(at("/stones"), { title, writing: `secret of ${title}`, subject });
  return { answer, id: answer.location.split("/").at(-1) ?? "" };
};

describe("who may come in", () => {
  test("a stranger is asked to sign in, and a browser is led there", async () => {
    expect((await world.stranger().get(at("/"))).status).toBe(401);
    const browser = await world.stranger().get(at("/"), { "sec-fetch-mode": "navigate" });
    expect([browser.status, browser.location]).toEqual([303, `/sign-in?to=${encodeURIComponent(at("/"))}`]);
  });
  test("no institution answers under an unknown or foreign host", async () => {
    for (const host of ["http://nowhere.localhost:3000", "http://evil.example"]) {
      expect((await world.web.fetch(new Request(host + at("/")))).status).toBe(404);
    }
  });
  test("a person of the other hospital finds nothing, by workspace or by cookie", async () => {
    expect((await asOtto.get(at("/"))).status).toBe(404);
    const token = await world.house.sessions.open(otto.tenant.id, otto.id, "test", null, null);
    const cookie = await world.house.tokens.sign(token, otto.tenant.id);
    const crossed = await world.web.fetch(
      new Request(`http://northfield.localhost:3000${at("/")}`, { headers: { cookie: `sid=${cookie}` } }),
    );
    expect(crossed.status).toBe(401);
  });
  test("a permission that is not held is refused, and the refusal is on the record", async () => {
    expect((await asWes.get(at("/stones.csv"))).status).toBe(403);
    expect((await world.trail())[0]).toMatchObject({ outcome: "refused", status: 403, actor_name: "Wes Walker" });
  });
  test("a workspace without the module has no such pages", async () => {
    const bare = await world.workspace("program", []);
    await world.grant(kit, "keeper", bare);
    expect((await asKit.get(at("/", bare))).status).toBe(404);
  });
  test.each([
    ["cross-site", { "sec-fetch-site": "cross-site" }],
    ["a sibling host", { "sec-fetch-site": "same-site" }],
    ["no header at all", { "sec-fetch-site": "" }],
    ["a null origin", { "sec-fetch-site": "", origin: "null" }],
  ])("an act from %s is not carried out", async (_name, headers) => {
    const before = await world.sql("select 1 from sample.stones");
    const answer = await asKit.post(at("/stones"), { title: "forged", writing: "", subject }, headers);
    expect(answer.status).toBe(403);
    expect(await world.sql("select 1 from sample.stones")).toEqual(before);
  });
});

describe("what was typed", () => {
  test("comes back with a sentence beside each field, and is on the record without its values", async () => {
    const answer = await asKit.post(at("/stones"), { title: "x", writing: "typed in vain", subject });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("The title is too short: 2 characters at least.");
    expect(answer.text).toContain('value="x"');
    const [row] = await world.trail();
    expect(row).toMatchObject({ outcome: "refused", status: 422 });
    expect(JSON.stringify(row)).not.toContain("typed in vain");
  });
  test("a rule's refusal is the same form", async () => {
    const answer = await asKit.post(at("/stones"), { title: "too many", writing: "w", subject });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("There are enough stones here. Build another cairn.");
  });
  test.each([
    ["a crooked id", "/stones/not-a-uuid", 422],
    ["an id of nothing", "/stones/00000000-0000-4000-8000-000000000000", 404],
    ["a path upwards", "/stones/..%2f..%2fetc", 422],
  ])("%s is a clear answer", async (_name, path, status) => {
    expect((await asKit.get(at(path))).status).toBe(status);
  });
  test("a body of 50 MB is refused before it is read whole", async () => {
    const answer = await asKit.post(at("/stones"), { title: "big", writing: "x".repeat(50_000_000), subject });
    expect(answer.status).toBe(413);
    expect(answer.text).toContain("1024 kB");
  });
  test("JSON or text is not a form", async () => {
    const cookie = await world.house.tokens.sign(
      await world.house.sessions.open(kit.tenant.id, kit.id, "test", null, null),
      kit.tenant.id,
    );
    for (const type of ["application/json", "text/plain"]) {
      const request = new Request(`http://northfield.localhost:3000${at("/stones")}`, {
        method: "POST",
        body: "{}",
        headers: { cookie: `sid=${cookie}`, "sec-fetch-site": "same-origin", "content-type": type },
      });
      expect((await world.web.fetch(request)).status).toBe(415);
    }
  });
  test("a file arrives whole and within its limit", async () => {
    const small = await asKit.post(at("/upload"), {
      file: { filename: "list.csv", bytes: new TextEncoder().encode("a,b") },
    });
    expect(decodeURIComponent(small.headers.get("set-cookie") ?? "")).toContain("list.csv: 3");
    const big = await asKit.post(at("/upload"), { file: { filename: "list.csv", bytes: new Uint8Array(5_000) } });
    expect(big.status).toBe(413);
  });
});

describe("an act", () => {
  test("whose form took minutes to arrive is done all the same", async () => {
    const token = await world.house.sessions.open(kit.tenant.id, kit.id, "test", null, null);
    const cookie = await world.house.tokens.sign(token, kit.tenant.id);
    const form = new URLSearchParams({ title: "slow road", writing: "w", subject }).toString();
    // It began two minutes ago, and its last byte comes now.
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        setSystemTime();
        controller.enqueue(new TextEncoder().encode(form));
        controller.close();
      },
    });
    setSystemTime(new Date(Date.now() - 120_000));
    try {
      const request = new Request(`http://northfield.localhost:3000${at("/stones")}`, {
        method: "POST",
        body,
        headers: {
          cookie: `sid=${cookie}`,
          "sec-fetch-site": "same-origin",
          "content-type": "application/x-www-form-urlencoded",
        },
      });
      expect((await world.web.fetch(request)).status).toBe(303);
    } finally {
      setSystemTime();
    }
  });
  test("is done, sealed, and recorded with tables, columns and rows", async () => {
    const { answer, id } = await placeStone("first");
    expect(answer.status).toBe(303);
    const [row] = await world.trail();
    expect(row).toMatchObject({
      outcome: "done",
      sentence: "Kit Keeper placed the stone first",
      event: "sample.placed",
      subjects: [subject],
    });
    expect(row?.changed["sample.stones"]?.columns).toEqual(expect.arrayContaining(["title", "writing", "subject_id"]));
    expect(row?.changed["sample.stones"]?.rows).toEqual([id]);
    const [stored] = await world.sql<{ hex: string }>(
      "select encode(writing, 'escape') as hex from sample.stones where id = $1",
      [id],
    );
    expect(stored?.hex).not.toContain("secret of first");
    expect(JSON.stringify(await world.trail())).not.toContain("secret of first");
  });
  test("is shown, and the record names the columns that were read and opened", async () => {
    const { id } = await placeStone("shown");
    const page = await asKit.get(at(`/stones/${id}`));
    expect(page.text).toContain("secret of shown");
    const [row] = await world.trail();
    expect(row?.read["sample.stones"]).toMatchObject({ rows: [id] });
    expect(row?.read["sample.stones"]?.columns).toEqual(
      expect.arrayContaining(["title", "writing", "writing (opened)"]),
    );
    expect(row?.subjects).toEqual([subject]);
  });
  test("that fails half-way leaves nothing but its refusal, and logs no value", async () => {
    const before = await world.sql("select count(*) from sample.stones");
    const failed = await asKit.post(at("/stones"), { title: "explode", writing: "two\nlines", subject, stray: "x" });
    expect(failed.status).toBe(500);
    // What was typed comes back to be sent again, as far as the form declares it; not by itself, since nobody knows why it failed.
    expect(failed.text).toContain(`action="${at("/stones")}"`);
    for (const [name, value] of Object.entries({ title: "explode", writing: "two\nlines", subject }))
      expect(failed.text).toContain(`<input type="hidden" name="${name}" value="${value}"/>`);
    for (const none of ["stray", "data-again", "is not kept"]) expect(failed.text).not.toContain(none);
    expect(await world.sql("select count(*) from sample.stones")).toEqual(before);
    expect((await world.trail())[0]).toMatchObject({ outcome: "failed", status: 500 });
  });
  test("in a GET is refused by PostgreSQL itself", async () => {
    expect((await asKit.get(at("/write-in-get"))).status).toBe(500);
    expect(world.logged.join("\n")).toContain("25006");
  });
  test("cannot be done to a subject of the other hospital", async () => {
    const answer = await asOtto.post(at("/stones", elsewhere), { title: "crossing", writing: "w", subject });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await world.sql("select 1 from sample.stones where title = 'crossing'")).toEqual([]);
  });
});

describe("no row, no response", () => {
  test("when the record cannot be written, nothing is shown and nothing is kept", async () => {
    const app = world.database.roles.app;
    await world.sql(`revoke insert (sentence) on core.audit_events from "${app}"`);
    try {
      const read = await asKit.get(at("/"));
      expect(read.status).toBe(500);
      expect(read.text).not.toContain("first");
      const { answer } = await placeStone("unrecorded");
      expect(answer.status).toBe(500);
      expect(await world.sql("select 1 from sample.stones where title = 'unrecorded'")).toEqual([]);
    } finally {
      await world.sql(`grant insert (sentence) on core.audit_events to "${app}"`);
    }
  });
});

describe("when the database cannot just now", () => {
  const kept = (text: string) =>
    [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const sent = (title: string) => [
    ["title", title],
    ["writing", `secret of ${title}`],
    ["subject", subject],
  ];
  beforeAll(() =>
    world.lay(`create function sample.stumble() returns trigger language plpgsql as $$
      begin
        if new.title ~ '^[0-9A-Z]{5}$' then raise exception 'it says %', new.writing using errcode = new.title; end if;
        return new;
      end $$;
      create trigger stumble before insert on sample.stones for each row execute function sample.stumble();
      create function sample.vanish() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      create constraint trigger vanish after insert on sample.stones deferrable initially deferred
        for each row when (new.title = 'lost at commit') execute function sample.vanish()`),
  );
  afterAll(() =>
    world.lay(
      "drop trigger stumble on sample.stones; drop trigger vanish on sample.stones; drop function sample.stumble, sample.vanish",
    ),
  );

  test.each([
    ["two acts crossed (deadlock)", "40P01"],
    ["two acts crossed (serialization)", "40001"],
    ["a lock was not to be had", "55P03"],
    ["a statement took too long", "57014"],
    ["a transaction took too long", "25P04"],
    ["the server is going down", "57P01"],
  ])("%s: the person is told to wait, and what was typed goes again by itself", async (_why, code) => {
    const { answer } = await placeStone(code);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(answer.text).toContain("data-again");
    expect(kept(answer.text)).toEqual(sent(code));
    expect(await world.sql("select 1 from sample.stones where title = $1", [code])).toEqual([]);
    expect(
      world.logged.filter((line) => line.includes(code)).every((line) => line.includes("request.turned-away")),
    ).toBe(true);
  });

  test("and the connection is lost while it saves: nobody says that nothing was saved, and nothing goes again by itself", async () => {
    const { answer } = await placeStone("lost at commit");
    expect(answer.status).toBe(500);
    expect(answer.text).toContain("it is not known whether this was saved");
    expect(answer.text).not.toContain("data-again");
    expect(kept(answer.text)).toEqual(sent("lost at commit"));
    expect((await placeStone("after the loss")).answer.status).toBe(303);
  });
});

describe("the application's own clock is wrong (D59)", () => {
  const newest = async () => {
    const [row] = await world.sql<{ off: number }>(
      "select extract(epoch from clock_timestamp() - at)::int as off from core.audit_events order by id desc limit 1",
    );
    return Math.abs(row?.off ?? Number.POSITIVE_INFINITY);
  };
  test.each([
    ["ten seconds slow", -10_000, true],
    ["ten seconds fast", 10_000, true],
    // The signed context is over before it begins, or the cookie is: nothing is shown, and nobody is signed out for good.
    ["an hour slow", -3_600_000, false],
    ["a day fast", 86_400_000, false],
  ])("%s: the record bears the database's time, and the session is as it was", async (_, shift, works) => {
    setSystemTime(new Date(Date.now() + shift));
    try {
      const { status, text } = await asKit.get(at("/"));
      expect([status === 200, text.includes("Stones of")]).toEqual([works, works]);
    } finally {
      setSystemTime();
    }
    if (works) expect(await newest()).toBeLessThan(9);
    const [session] = await world.sql<{ idle: number }>(
      "select extract(epoch from clock_timestamp() - last_seen)::int as idle from core.sessions where person_id = $1 order by last_seen desc limit 1",
      [kit.id],
    );
    expect(session?.idle).toBeGreaterThanOrEqual(0);
    expect((await asKit.get(at("/"))).status).toBe(200);
    expect(await newest()).toBeLessThan(9);
  });
});

describe("reach", () => {
  test("mine: a walker sees and changes only his own stones", async () => {
    const kits = await placeStone("kits");
    expect((await placeStone("unreached", asWes)).answer.status).toBe(403);
    await world.sql(
      "insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind) values ($1, $2, $3, $4, 'writer')",
      [place.tenant.id, place.id, wes.id, subject],
    );
    const weses = await placeStone("weses", asWes);
    expect(weses.answer.status).toBe(303);
    const list = await asWes.get(at("/"));
    expect(list.text).toContain("weses");
    expect(list.text).not.toContain("kits");
    expect((await asWes.get(at(`/stones/${kits.id}`))).status).toBe(404);
    expect((await asWes.post(at(`/stones/${kits.id}/move`), { title: "stolen" })).status).toBe(404);
  });
  test("assigned: and no longer, on the very next request", async () => {
    const gus = await world.person("Gus Guide", "walker", place);
    const asGus = await world.as(gus);
    expect((await asGus.get(at("/"))).text).not.toContain("first");
    const [made] = await world.sql<{ id: string }>(
      "insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind) values ($1, $2, $3, $4, 'guide') returning id",
      [place.tenant.id, place.id, gus.id, subject],
    );
    expect((await asGus.get(at("/"))).text).toContain("first");
    await world.sql("update core.assignments set ended_at = clock_timestamp() where id = $1", [made?.id]);
    expect((await asGus.get(at("/"))).text).not.toContain("first");
  });
  test("site: only subjects of the grant's site", async () => {
    const [north, south] = [await world.site(place, "N"), await world.site(place, "S")];
    const subjects = await world.sql<{ id: string }>(
      `insert into core.subjects (tenant_id, workspace_id, code, kind, site_id) values ($1, $2, 'N-1', 'trainee', $3), ($1, $2, 'S-9', 'trainee', $4) returning id`,
      [place.tenant.id, place.id, north, south],
    );
    for (const [i, title] of ["northern", "southern"].entries()) {
      await asKit.post(at("/stones"), { title, writing: "w", subject: subjects[i]?.id ?? "" });
    }
    const una = await world.person("Una Watcher", "watcher", place, { site: north });
    const page = await (await world.as(una)).get(at("/"));
    expect(page.text).toContain("northern");
    expect(page.text).not.toContain("southern");
  });
  test("own: the subject himself", async () => {
    const pip = await world.person("Pip Pilgrim", "pilgrim", place);
    await world.sql(
      "insert into core.subjects (tenant_id, workspace_id, code, kind, person_id) values ($1, $2, 'P-1', 'trainee', $3)",
      [place.tenant.id, place.id, pip.id],
    );
    expect((await (await world.as(pip)).get(at("/"))).text).not.toContain('<li id="stone-');
  });
  test("a revoked grant bites on the next request of a living session", async () => {
    const ivy = await world.person("Ivy", null, place);
    const grant = await world.grant(ivy, "keeper", place);
    const asIvy = await world.as(ivy);
    expect((await asIvy.get(at("/"))).status).toBe(200);
    await world.sql("update core.grants set revoked_at = clock_timestamp() where id = $1", [grant]);
    expect((await asIvy.get(at("/"))).status).toBe(403);
  });
});

describe("a portal link", () => {
  test("opens one subject's own rows, and nothing else", async () => {
    const { id } = await placeStone("for the subject");
    const link = (await asKit.post(at(`/stones/${id}/link`))).location;
    expect(link).toMatch(/^\/p\/[\w-]{43}\/sample$/);
    const stranger = world.stranger();
    const page = await stranger.get(`${link}/stones`);
    expect([page.status, page.text.includes("for the subject"), page.text.includes("northern")]).toEqual([
      200,
      true,
      false,
    ]);
    expect((await world.trail())[0]).toMatchObject({
      outcome: "done",
      actor_name: "S-1",
      act: "GET /p/:token/sample/stones",
    });
    expect((await stranger.post(`${link}/stones`)).status).toBe(403);
    expect((await stranger.get(at("/"))).status).toBe(401);
    expect((await world.stranger(world.there).get(`${link}/stones`)).status).toBe(410);
    expect((await stranger.get(`/p/${"x".repeat(43)}/sample/stones`)).status).toBe(410);
    await world.sql("update core.portal_links set revoked_at = clock_timestamp()");
    expect((await stranger.get(`${link}/stones`)).status).toBe(410);
    const [kept] = await world.sql<{ all: string }>(
      "select string_agg(l::text, '') || (select string_agg(a::text, '') from core.audit_events a) as all from core.portal_links l",
    );
    expect(kept?.all).not.toContain(link.split("/")[2] ?? "missing");
  });
});

describe("a file", () => {
  test("names who took it, and is in the ledger before it is sent", async () => {
    const file = await asKit.get(at("/stones.csv"));
    expect(file.status).toBe(200);
    expect(file.text).toContain("Exported by Kit Keeper");
    expect(file.text).toContain(kit.email);
    const [entry] = await world.sql<{ name: string; id: string }>(
      "select name, id from core.exports order by made_at desc limit 1",
    );
    expect(entry?.name).toBe("sample.stones");
    expect(file.text).toContain(entry?.id ?? "missing");
    expect((await world.trail())[0]).toMatchObject({ event: "core.exported" });
  });

  test("of twelve thousand rows comes through a cursor: the ledger has its digest, the record its rows", async () => {
    const other = await world.workspace("program", ["sample"]);
    await world.grant(kit, "keeper", other);
    const [subject] = await world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'T-1', 'trainee') returning id",
      [world.here.id, other.id],
    );
    await world.sql(
      `insert into sample.stones (tenant_id, workspace_id, subject_id, title, writing)
       select $1, $2, $3, 'Stone number ' || n, 'x'::bytea from generate_series(1, 12000) n`,
      [world.here.id, other.id, subject?.id],
    );
    const file = await asKit.get(`/w/${other.slug}/sample/stones.xlsx`);
    expect(file.status).toBe(200);
    const [entry] = await world.sql<{ id: string; sha256: Buffer; bytes: string; rows: string; row_marks: Buffer }>(
      "select id, sha256, bytes, rows, row_marks from core.exports where name = 'sample.book'",
    );
    expect(sha256(file.bytes)).toEqual(Buffer.from(entry?.sha256 ?? []));
    expect([entry?.bytes, entry?.rows]).toEqual([String(file.bytes.byteLength), "12000"]);
    const parts = unzip(file.bytes);
    const sheet = new TextDecoder().decode(parts.get("xl/worksheets/sheet1.xml"));
    expect(sheet.match(/<row /g)).toHaveLength(12_001);
    expect(sheet).toContain("Stone number 11999");
    expect(sheet.split(entry?.id ?? "missing")).toHaveLength(12_002); // each row, and the foot of its print
    const [row] = await world.trail();
    const read = row?.read["sample.stones"];
    expect([read?.rows?.length, read?.more, read?.moreSha256?.length]).toEqual([10_000, 2_000, 64]);
    expect(row?.subjects).toEqual([subject?.id ?? ""]);
    const key = rowMarkKey(world.database.secret, world.here.id);
    expect(isMarked(entry?.row_marks ?? new Uint8Array(), key, essence(["Stone number 777"]) ?? "")).toBe(true);
    expect(isMarked(entry?.row_marks ?? new Uint8Array(), key, essence(["Stone number 77777"]) ?? "")).toBe(false);
  });

  test("is not handed over, nor kept, when its record cannot be written", async () => {
    await world.lay("revoke insert on core.audit_events from :app");
    const broken = await asKit.get(at("/stones.xlsx"));
    await world.lay(
      "grant insert (actor_name, session_ref, ip, agent, request_id, act, permission, event, sentence, outcome, status, subjects, read, changed, detail) on core.audit_events to :app",
    );
    expect(broken.status).toBe(500);
    expect(broken.headers.get("content-disposition")).toBeNull();
    const [kept] = await world.sql<{ count: number }>(
      "select count(*)::int as count from core.exports e join core.workspaces w on w.id = e.workspace_id where e.name = 'sample.book' and w.slug = $1",
      [place.slug],
    );
    expect(kept?.count).toBe(0);
    expect((await asKit.get(at("/stones.xlsx"))).status).toBe(200);
  });

  test("of several files names its origin in each", async () => {
    const parts = unzip((await asKit.get(at("/stones.zip"))).bytes);
    expect([...parts.keys()]).toEqual(["stones.csv", "stones.json", "odm/stones.xml", "read-me.txt", "EXPORT.txt"]);
    const texts = [...parts.values()].map((bytes) => new TextDecoder().decode(bytes));
    for (const text of texts) expect(text).toContain(kit.email);
    for (const [name, bytes] of [...parts].slice(0, 4))
      expect(texts[4]).toContain(`${sha256(bytes).toString("hex")}  ${name}`);
  });
});

describe("every answer", () => {
  test("carries the strict headers", async () => {
    const { headers } = await asKit.get(at("/"));
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
  });
  test("other methods are refused", async () => {
    for (const method of ["TRACE", "PUT", "DELETE", "OPTIONS"]) {
      const request = { url: `http://northfield.localhost:3000${at("/")}`, method, headers: new Headers() } as Request;
      expect((await world.web.fetch(request)).status).toBe(405);
    }
  });
});
