/** Letters against a real SMTP server: who is trusted, what is refused for good, and what cannot get into a header. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "@core/config.ts";
import { letterHtml } from "@core/mail/letter-page.tsx";
import { invitationLetter, setPasswordLetter, signInLetter } from "@core/mail/letters.ts";
import type { Letter } from "@core/mail/mail.ts";
import { folderMailer, type Mailer, MailRefused, MailUnavailable, mailerFor, smtpMailer } from "@core/mail/mailer.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { type MailServer, mailServer } from "./mail-server.ts";

const login = { user: "cairn", password: randomToken() };
const base = "https://cairn.example.org";
const letter: Letter = {
  to: "iris@northfield.example",
  subject: "Ihr Zugang für heute",
  text: "Grüße,\n\nfollow https://cairn.example.org/x.",
};
let folder: string;
let server: MailServer;
let plain: MailServer;
let ca: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cairn-mail-"));
  const certificate = makeCertificate("localhost");
  ca = join(folder, "ca.pem");
  writeFileSync(ca, certificate.cert);
  server = await mailServer(certificate, login);
  plain = await mailServer(null, login);
});
afterAll(async () => {
  await Promise.all([server.stop(), plain.stop()]);
  rmSync(folder, { recursive: true });
});

const urlOf = (port: number, query = `?ca=${encodeURIComponent(ca)}`, password = login.password, host = "localhost") =>
  `smtp://${login.user}:${encodeURIComponent(password)}@${host}:${port}${query}`;

async function sending<T>(url: string, act: (mailer: Mailer) => Promise<T>): Promise<T> {
  const mailer = smtpMailer(url, base);
  try {
    return await act(mailer);
  } finally {
    mailer.close();
  }
}
const failing = (url: string, one: Letter = letter) =>
  sending(url, (mailer) =>
    mailer.send(one, "id-1").then(
      () => null,
      (error: unknown) => error,
    ),
  );

describe("a mail server", () => {
  test("whose certificate is not vouched for is told nothing", async () => {
    const error = await failing(urlOf(server.port, ""));
    expect(error).toBeInstanceOf(MailUnavailable);
    expect(server.taken).toEqual([]);
  });
  test("whose certificate is for another name is told nothing", async () => {
    expect(await failing(urlOf(server.port, undefined, undefined, "127.0.0.1"))).toBeInstanceOf(MailUnavailable);
    expect(server.taken).toEqual([]);
  });
  test("that offers no encryption is told nothing", async () => {
    expect(await failing(urlOf(plain.port))).toBeInstanceOf(MailUnavailable);
    expect(plain.taken).toEqual([]);
  });
  test("that does not let us in can be tried again", async () => {
    const error = await failing(urlOf(server.port, undefined, "wrong"));
    expect(error).toMatchObject({ name: "MailUnavailable", code: "EAUTH-535" });
  });
  test("that is not there can be tried again", async () => {
    const gone = await mailServer(null, login);
    await gone.stop();
    expect(await failing(urlOf(gone.port))).toBeInstanceOf(MailUnavailable);
  });
  test("says no for good with 550, and for now with 452", async () => {
    expect(await failing(urlOf(server.port), { ...letter, to: "gone@northfield.example" })).toMatchObject({
      name: "MailRefused",
      code: "550",
    });
    expect(await failing(urlOf(server.port), { ...letter, to: "full@northfield.example" })).toMatchObject({
      name: "MailUnavailable",
      code: "EENVELOPE-452",
    });
  });
  test("takes a letter with both parts, after STARTTLS and signing in", async () => {
    await sending(urlOf(server.port, `?ca=${encodeURIComponent(ca)}&from=cairn@northfield.example`), (mailer) =>
      mailer.send(letter, "id-2"),
    );
    const got = server.taken.at(-1);
    expect(got).toMatchObject({ from: "cairn@northfield.example", to: [letter.to] });
    expect(got?.message).toContain("Message-ID: <id-2@cairn.example.org>");
    expect(got?.message).toContain("text/plain; charset=utf-8");
    expect(got?.message).toContain("text/html; charset=utf-8");
    expect(got?.message).toContain("Auto-Submitted: auto-generated");
  });
});

describe("what cannot get into a letter", () => {
  test("a line break in the subject begins no header, and adds no reader", async () => {
    const subject = "Hello\r\nBcc: thief@evil.example\r\n\r\nand a body\u2028of its own";
    await sending(urlOf(server.port), (mailer) => mailer.send({ ...letter, subject }, "id-3"));
    const got = server.taken.at(-1);
    expect(got?.to).toEqual([letter.to]);
    const [head = ""] = (got?.message ?? "").split("\r\n\r\n");
    expect(head).not.toMatch(/^bcc:/im);
    expect(head.replace(/\r\n\s+/g, " ")).toContain("Subject: Hello Bcc: thief@evil.example and a body of its own");
  });
  test.each([
    "iris@northfield.example\r\nBcc: thief@evil.example",
    "iris@northfield.example, thief@evil.example",
    "iris@northfield.example;thief@evil.example",
    "Iris <iris@northfield.example>",
    "friends: iris@northfield.example",
    "iris",
    "",
    `${"i".repeat(250)}@northfield.example`,
  ])("%p is not one address", async (to) => {
    const before = server.taken.length;
    const error = await failing(urlOf(server.port), { ...letter, to });
    expect(error).toBeInstanceOf(MailRefused);
    expect(server.taken).toHaveLength(before);
  });
  test("markup is words, and an address is a link", () => {
    const html = letterHtml({ subject: "<b>", text: "<script>x</script> see (https://a.example/b?c=1&d=2).\n\nBye" });
    expect(html).not.toContain("<script>");
    expect(html).toContain('<a href="https://a.example/b?c=1&amp;d=2">');
    expect(html).toContain("<p>Bye</p>");
  });
});

describe("without a mail server", () => {
  const config = (environment: Config["environment"]): Config => ({
    environment,
    baseUrl: base,
    host: "127.0.0.1",
    port: 0,
    data: folder,
    database: "embedded",
    secretKey: "",
    trustedProxies: 0,
    warnings: [],
  });
  test("letters are files that only their owner can read, in development", async () => {
    const mailer = mailerFor(config("development"));
    await mailer.send(letter, "id-4");
    mailer.close();
    expect(readdirSync(join(folder, "outbox"))).toEqual(["id-4.eml"]);
    expect(statSync(join(folder, "outbox/id-4.eml")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "outbox/id-4.eml"), "utf8")).toContain("To: iris@northfield.example");
  });
  test("nothing is written anywhere in production, and the reason is said", async () => {
    const mailer = mailerFor(config("production"));
    expect(await mailer.send(letter, "id-5").catch((error: unknown) => error)).toMatchObject({
      code: "SMTP_URL-is-not-set",
    });
    expect(readdirSync(join(folder, "outbox"))).toEqual(["id-4.eml"]);
  });
  test("the same letter twice is one file", async () => {
    const mailer = folderMailer(join(folder, "twice"), base);
    await mailer.send(letter, "id-6");
    await mailer.send(letter, "id-6");
    expect(readdirSync(join(folder, "twice"))).toEqual(["id-6.eml"]);
  });
});

test("the kernel's letters hold a link, a reason and how long it works", () => {
  const who = { name: "Iris Invented", url: `${base}/sign-in/link#t`, institution: "Northfield" };
  const one = signInLetter({ ...who, minutes: 15 });
  expect(one.text).toContain(who.url);
  expect(one.text).toContain("15 minutes");
  expect(setPasswordLetter({ ...who, minutes: 4_320 }).text).toContain("3 days");
  expect(setPasswordLetter({ ...who, minutes: 120 }).text).toContain("2 hours");
  const invitation = invitationLetter({ ...who, place: "Cardiology", by: "Ada Invented", days: 7 });
  expect(invitation.text).toContain("Come in here for the first time. The link works once, and for 7 days:");
  expect(invitationLetter({ ...who, place: "Cardiology", by: "Ada Invented", days: null }).text).toContain(
    "Sign in here:",
  );
  expect(invitation.text).toContain("Ada Invented has given you access to Cardiology at Northfield");
});
