/** A passkey in Chromium, with its own virtual authenticator: set up, then the only thing needed to come in, and what signs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.stop());

async function authenticator({ context, page }: Visitor, isUserVerified = true): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  });
}

test.each([false, true])("on a phone: %p", async (phone) => {
  const { world } = stage;
  const place = await world.workspace("program", ["milestones"]);
  const dana = await world.person("Dana Whitfield", "program_director", place);
  const visitor = await stage.as(dana, { phone });
  await authenticator(visitor);
  await visitor.go("/account/second/passkeys");
  // A name comes first, and nothing is asked of the device before.
  await visitor.page.getByRole("button", { name: "Set up a passkey" }).click();
  expect(await visitor.page.getByRole("alert").textContent()).toContain("Give it a name");
  await visitor.page.getByLabel("A name for it").fill("My phone");
  await visitor.press("Set up a passkey");
  expect(await visitor.words()).toContain("Keep these recovery codes");
  await visitor.open("I have kept them");
  expect(await visitor.words()).toContain("My phone");

  await visitor.context.clearCookies();
  await visitor.go("/sign-in");
  await visitor.open("Sign in by passkey");
  await visitor.press("Use my passkey");
  expect(new URL(visitor.page.url()).pathname).toBe(`/w/${place.slug}`);

  // It signs as well: what is asked for first is the address, and the first signature declares that it binds.
  await visitor.go(`/w/${place.slug}/record.csv`);
  expect(await visitor.words()).toContain("my electronic signature here binds me");
  await visitor.page.getByLabel("Why do you take it out?").fill("the yearly report");
  await visitor.page.getByRole("button", { name: "Sign with my passkey" }).click();
  expect(await visitor.page.getByRole("alert").textContent()).toContain("Enter your e-mail address first");
  await visitor.page.getByLabel("Your e-mail address").fill(dana.email);
  await visitor.press("Sign with my passkey");
  expect(await visitor.words()).toContain("Files you asked for");
  const { bytes } = await visitor.download(/^Fetch/);
  expect(Buffer.from(bytes).toString()).toContain("Dana Whitfield");
  expect(
    await world.sql(
      `select s.method, s.components, d.method as declared from core.signatures s
       join core.signing_declarations d on d.signature_id = s.id where s.person_id = $1`,
      [dana.id],
    ),
  ).toEqual([{ method: "passkey", components: ["name", "passkey"], declared: "passkey" }]);
  await visitor.close();
});

test("without JavaScript the page says so, and leads to another way", async () => {
  const visitor = await stage.visitor({ script: false });
  await visitor.go("/sign-in/passkey");
  expect(await visitor.words()).toContain("A passkey needs JavaScript");
  await visitor.open("Sign in another way");
  expect(await visitor.words()).toContain("Work e-mail");
  await visitor.close();
});
