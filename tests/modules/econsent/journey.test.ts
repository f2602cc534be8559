/**
 * A participant's way in a real browser: by telephone with scripts and a drawn signature, by keyboard on the study's tablet,
 * and without any script. The stage looks at every page: axe, console, width and weight.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readSeal } from "../../support/cms.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { openStage, type Stage, type Visitor } from "../../support/stage.ts";
import { ask, countersign, enter, readThrough, sign, signAs, wayFor } from "./signing.ts";
import { done, PASSWORD, publish, raise, type Study, write } from "./study.ts";

let stage: Stage;
let house: Study;
beforeAll(async () => {
  stage = await openStage();
  house = await raise(stage.world);
  await publish(house, await write(house));
}, 180_000);
afterAll(async () => await stage?.stop());

const heading = async ({ page }: Visitor) => page.getByRole("heading", { level: 1 }).textContent();

async function through(
  visitor: Visitor,
  way: { gate: string; code: string },
  first: () => Promise<void> = async () => {},
): Promise<void> {
  expect(await visitor.go(way.gate)).toBe(200);
  await visitor.page.getByLabel("Code").fill(way.code);
  await visitor.press("Continue");
  await visitor.press("Begin");
  await first();
  for (let section = 0; section < 3; section++) await visitor.press("Continue");
}

/** What a test needs to know of a player in the page. */
interface Playing {
  readonly currentTime: number;
  addEventListener(event: "timeupdate", heard: (value: unknown) => void, options: { once: true }): void;
}

/** The full text and the recording beside it, asked for; what is printed stands on a page of its own. */
async function lookCloser(visitor: Visitor, plays: boolean): Promise<void> {
  await visitor.press("Read the full text");
  expect(await visitor.words()).toContain("One group takes 5 mg");
  await visitor.press(/^Listen: Why, in sound/);
  expect(await visitor.page.locator("audio").count()).toBe(1);
  if (plays) {
    const told = visitor.page.waitForResponse(/\/played\//);
    const audio = visitor.page.locator("audio");
    await audio.press("Space");
    await told;
    // It is heard: the clock of the recording goes on.
    await audio.evaluate((element) => {
      const player = element as unknown as Playing;
      return (
        player.currentTime > 0 || new Promise((heard) => player.addEventListener("timeupdate", heard, { once: true }))
      );
    });
    await audio.press("Space");
  }
  await visitor.page.getByText("What is said and shown, in words").click();
  expect(await visitor.words()).toContain("A low one");
  await visitor.open("Listen, watch or keep");
  expect(await visitor.words()).toContain("Keep: All of it to keep");
  await visitor.open("Go on reading");
}

async function toTheSignature(visitor: Visitor): Promise<void> {
  await visitor.page.getByLabel("No, only at the end").check();
  await visitor.press("Answer");
  expect(await visitor.words()).toContain("You may stop at any time, without a reason.");
  await visitor.page.getByLabel("Yes, at any time").check();
  await visitor.press("Answer");
  await visitor.press(/^Yes$/);
  await visitor.press(/^No$/);
  await visitor.press(/^Yes$/);
  expect(await heading(visitor)).toBe("Sign");
}

describe.each([
  ["by telephone", { phone: true }],
  ["without scripts", { phone: true, script: false }],
] as const)("%s", (_, options) => {
  test("reads, is quizzed, chooses, asks, signs and gets a copy", async () => {
    const asked = await ask(house);
    const visitor = await stage.visitor(options);
    await through(visitor, await wayFor(house, asked.signers[0] ?? ""), () =>
      lookCloser(visitor, !("script" in options)),
    );
    await visitor.open("I want to ask a question first");
    await visitor.page.getByLabel("Your question").fill("Is there parking?");
    await visitor.page.getByLabel("I want the answer before I decide").uncheck();
    await visitor.press("Send the question");
    await visitor.open("Go on reading");
    await visitor.open("Words explained");
    await visitor.open("Go on reading");
    await toTheSignature(visitor);
    await visitor.press("Sign");
    expect(await visitor.words()).toContain("There are 2 problems");
    for (const box of await visitor.page.getByRole("checkbox").all()) await box.check();
    await visitor.page.getByLabel("Your full name").fill("Pia Participant");
    if (!("script" in options)) {
      const pad = visitor.page.locator("canvas");
      await pad.scrollIntoViewIfNeeded();
      const box = await pad.boundingBox();
      if (!box) throw new Error("there is nothing to draw on");
      await visitor.page.mouse.move(box.x + 40, box.y + 90);
      await visitor.page.mouse.down();
      for (let at = 1; at <= 12; at++) await visitor.page.mouse.move(box.x + 40 + at * 18, box.y + 90 + (at % 2) * 40);
      await visitor.page.mouse.up();
    }
    await visitor.press("Sign");
    expect(await heading(visitor)).toBe("Thank you, you have signed");
    const [row] = await house.rows<{ way: string }>("select way from econsent.signatures where signer_id = $1", [
      asked.signers[0],
    ]);
    expect(row?.way).toBe("script" in options ? "typed" : "drawn");
    const played = await house.rows("select id from econsent.steps where kind = 'played' and signer_id = $1", [
      asked.signers[0],
    ]);
    expect(played).toHaveLength("script" in options ? 0 : 1);
    await done(countersign(house, asked.consentId));
    await visitor.open("Your consent");
    expect(await visitor.words()).toContain("Use of my samples Yes");
    await visitor.open("Take back consent");
    await visitor.page.getByLabel("Use of my samples").check();
    await visitor.press("Continue");
    expect(await visitor.words()).toContain("Your samples are not used any more.");
    await visitor.press("Take it back now");
    expect(await visitor.words()).toContain("Use of my samples No");
    await visitor.close();
  }, 120_000);
});

test("by keyboard alone, on a tablet", async () => {
  const asked = await ask(house);
  const visitor = await stage.visitor();
  await visitor.page.setViewportSize({ width: 820, height: 1180 });
  const { page } = visitor;
  const { gate, code } = await wayFor(house, asked.signers[0] ?? "");
  await visitor.go(gate);
  const focusOn = async (name: string | RegExp, role: "button" | "textbox" | "radio" | "checkbox") => {
    const wanted = page.getByRole(role, { name }).first();
    for (let steps = 0; steps < 60; steps++) {
      if (
        await wanted.evaluate(
          (element) =>
            element === (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement,
        )
      )
        return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`the key Tab never came to ${name}`);
  };
  const press = (name: string | RegExp) =>
    visitor.follow(async () => {
      await focusOn(name, "button");
      await page.keyboard.press("Enter");
    });
  await focusOn("Code", "textbox");
  await page.keyboard.type(code);
  await visitor.follow(() => page.keyboard.press("Enter"));
  await press("Begin");
  for (let section = 0; section < 3; section++) await press("Continue");
  await focusOn("No, only at the end", "radio");
  await page.keyboard.press("ArrowDown");
  await press("Answer");
  for (let choice = 0; choice < 3; choice++) await press(/^Yes$/);
  await focusOn(/I have read the information/, "checkbox");
  await page.keyboard.press("Space");
  await focusOn(/I agree to take part/, "checkbox");
  await page.keyboard.press("Space");
  await focusOn("Your full name", "textbox");
  await page.keyboard.type("Pia Participant");
  await press("Sign");
  expect(await heading(visitor)).toBe("Thank you, you have signed");
  await visitor.close();
}, 120_000);

test("the team asks, hands over, answers, countersigns and looks at the evidence", async () => {
  const cora = await stage.as(house.people.coordinator);
  await cora.go(house.url("/"));
  await cora.open("Add a participant");
  await cora.page.getByLabel("Code").fill("P-900");
  await cora.page.getByLabel("Site").selectOption({ label: "N" });
  await cora.page.getByLabel("Full name").fill("Pavel Participant");
  await cora.press("Add");
  await cora.open("Ask for consent");
  await cora.press("Begin");
  await cora.open("Make a link");
  await cora.press("Make the link");
  expect(await cora.words()).toContain("The link is made");
  await cora.page.goBack();
  await cora.page.goBack();
  await cora.open("Hand over this tablet");
  await cora.page.getByLabel("A PIN of six digits").fill("407193");
  await cora.page.getByLabel("I have met this person").check();
  await cora.press("Sign me out and hand over");
  await cora.page.getByLabel("Code").fill("407193");
  await cora.press("Continue");
  await cora.press("Begin");
  for (let section = 0; section < 3; section++) await cora.press("Continue");
  await toTheSignature(cora);
  for (const box of await cora.page.getByRole("checkbox").all()) await box.check();
  await cora.page.getByLabel("Your full name").fill("Pavel Participant");
  await cora.press("Sign");
  await cora.press("I am done");
  expect(await cora.words()).toContain("Please give the tablet back to the study team.");
  await cora.go(house.url("/"));
  expect(await heading(cora)).toContain("Sign in");
  await cora.close();

  const ines = await stage.as(house.people.investigator);
  await ines.go(house.url("/?state=signing"));
  await ines.open("P-900");
  await ines.open("Countersign");
  if (await ines.page.getByLabel("Your e-mail address").count())
    await ines.page.getByLabel("Your e-mail address").fill(house.people.investigator.email);
  await ines.page.getByLabel(/Password of/).fill(PASSWORD);
  await ines.press("Countersign");
  await ines.open("Evidence");
  const file = await ines.download("Signed consent (PDF)");
  expect(new TextDecoder().decode(file.bytes.slice(0, 5))).toBe("%PDF-");
  await ines.menu("Documents");
  await ines.open("Version 1, English");
  await ines.open("What changed");
  await ines.menu("Asking again");
  await ines.close();
  const stranger = await stage.visitor();
  await stranger.go("/verify");
  await stranger.page
    .getByLabel("File")
    .setInputFiles({ name: file.filename, mimeType: "application/pdf", buffer: Buffer.from(file.bytes) });
  await stranger.press("Check");
  expect(await stranger.words()).toContain("nothing in it was changed");
  expect(await stranger.words()).not.toContain("Pavel");
  await stranger.close();
}, 180_000);

/** Past what others have tried above: reads over HTTP and stands before the page to sign. */
async function atTheSignature(signer: string): Promise<Visitor> {
  const inside = await enter(house, await wayFor(house, signer, "in_person"));
  await readThrough(house, inside);
  const visitor = await stage.visitor();
  await visitor.page.setViewportSize({ width: 820, height: 1180 });
  await visitor.go(`${inside}/sign`);
  return visitor;
}
async function signsAs(visitor: Visitor, name: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  for (const box of await visitor.page.getByRole("checkbox").all()) await box.check();
  await visitor.page.getByLabel("Your full name").fill(name);
  for (const [label, value] of Object.entries(fields)) await visitor.page.getByLabel(label).fill(value);
  await visitor.press("Sign");
  const said = await visitor.words();
  await visitor.close();
  return said;
}

test("a representative, the person himself and a witness, in that order, on the study's tablet", async () => {
  const asked = await ask(house, { circumstance: "represented", cannotRead: "on" });
  const [representative = "", person = "", witness = "", investigator] = asked.signers;
  expect(investigator).toBeDefined();
  const early = await house.as.coordinator.post(house.url(`/signers/${witness}/invite`), { method: "in_person" });
  expect([early.status, early.text.includes("Others sign first")]).toEqual([422, true]);
  const lar = await atTheSignature(representative);
  await lar.press("Sign");
  expect(await lar.words()).toContain("Say what you are to the participant");
  expect(await signsAs(lar, "Lara Legal", { "What you are to the participant": "daughter" })).toContain(
    "Others have to sign too",
  );
  expect(await signsAs(await atTheSignature(person), "Pieter Person")).toContain("Thank you");
  expect(await signsAs(await atTheSignature(witness), "Wanda Witness")).toContain("Thank you");
  await done(countersign(house, asked.consentId));
  const states = await house.rows<{ role: string; way: string }>(
    "select role, way from econsent.signatures where consent_id = $1 order by made_at",
    [asked.consentId],
  );
  expect(states.map(({ role, way }) => `${role} ${way}`)).toEqual([
    "representative typed",
    "participant typed",
    "witness typed",
    "investigator password",
  ]);
}, 120_000);

test("a child assents after its parent", async () => {
  const asked = await ask(house, { circumstance: "minor", birthDate: "2012-05-01" });
  const [parent = "", child = ""] = asked.signers;
  await signAs(house, parent, { relation: "mother" });
  const visitor = await atTheSignature(child);
  expect(await visitor.words()).toContain("I want to take part");
  expect(await signsAs(visitor, "Kim Child")).toContain("Thank you");
  await done(countersign(house, asked.consentId));
}, 120_000);

test.each([
  ["es", "Escriba su código", "Continuar", "Empezar", "Firmado electrónicamente por", "Auténtico", "Aquí no se conoce"],
  ["nl", "Vul uw code in", "Verder", "Beginnen", "Elektronisch ondertekend door", "Echt", "Hier niet bekend"],
] as const)(
  "speaks %s from the gate on",
  async (language, gateTitle, enterWord, beginWord, meaning, genuine, unknown) => {
    const [row] = await house.rows<{ id: string; document_id: string }>(
      "select id, document_id from econsent.versions where language = 'en' order by number desc limit 1",
    );
    const { location } = await done(
      house.as.administrator.post(house.url(`/documents/${row?.document_id}/new`), {
        from: row?.id ?? "",
        number: "1",
        language,
        changes: "",
      }),
    );
    await publish(house, location.split("/").at(-1) ?? "");
    const asked = await ask(house, { language });
    const visitor = await stage.visitor({ phone: true });
    const { gate, code } = await wayFor(house, asked.signers[0] ?? "");
    await visitor.go(gate);
    expect([await heading(visitor), await visitor.page.locator("html").getAttribute("lang")]).toEqual([
      gateTitle,
      language,
    ]);
    await visitor.page.getByRole("textbox").fill("12");
    await visitor.press(new RegExp(`^${enterWord}$`));
    expect(await visitor.page.title()).toMatch(/^(No se ha guardado|Niet opgeslagen)/);
    await visitor.page.getByRole("textbox").fill(code);
    await visitor.press(new RegExp(`^${enterWord}$`));
    await visitor.press(beginWord);
    await visitor.press(new RegExp(`^${enterWord}$`));
    const inside = /\/p\/[\w-]+\/econsent/.exec(visitor.page.url())?.[0] ?? "";
    await visitor.close();

    // The copy is sealed as any reader of PDF checks it, speaks the language, and is known to the last byte.
    const version = await readThrough(house, inside);
    await done(sign(house, inside, version, { name: "Pía Participant" }));
    await done(countersign(house, asked.consentId));
    const copy = await stage.world.stranger().get(`${inside}/copy/${asked.consentId}`);
    const { isWhole, coversAll } = readSeal(copy.bytes);
    expect([copy.status, isWhole, coversAll]).toEqual([200, true, true]);
    expect(readPdf(copy.bytes).pages.map(({ text }) => text.includes(meaning))).not.toContain(false);
    const altered = copy.bytes.slice();
    altered[600] = (altered[600] ?? 0) ^ 1;
    expect(readSeal(altered).isWhole).toBe(false);
    for (const [bytes, says] of [
      [copy.bytes, genuine],
      [altered, unknown],
    ] as const) {
      const answer = await stage.world
        .stranger()
        .post("/verify", { file: { filename: "consent.pdf", bytes } }, { "accept-language": `${language}, en;q=0.5` });
      expect([answer.status, answer.text.includes(`<h1>${says}</h1>`), /P[ií]a/.test(answer.text)]).toEqual([
        200,
        true,
        false,
      ]);
    }
  },
  120_000,
);
