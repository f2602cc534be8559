/** How a letter leaves: through the institution's mail server, or into a folder while somebody tries Cairn out. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { Config } from "../config.ts";
import { Refusal } from "../refusal.ts";
import { letterHtml } from "./letter-page.tsx";
import type { Letter } from "./mail.ts";

export interface Mailer {
  /** `id` makes the Message-ID: a letter that is sent twice can be known by it. Throws MailRefused or MailUnavailable. */
  send(letter: Letter, id: string): Promise<void>;
  close(): void;
}

/** The server said no for good, or the address is none. Trying again cannot help. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
  constructor(readonly code: string) {
    super(`The letter was refused (${code}).`);
  }
}

/** The server cannot be reached, trusted or signed in to now. Trying again can help, once somebody has looked. */
export class MailUnavailable extends Error {
  override readonly name = "MailUnavailable";
  constructor(readonly code: string) {
    super(`The mail server could not take the letter now (${code}).`);
  }
}

/** Development without SMTP_URL: files in `<data>/outbox`. Production without it: nothing leaves, and the log says so. */
export function mailerFor(config: Config): Mailer {
  if (config.smtpUrl !== undefined) return smtpMailer(config.smtpUrl, config.baseUrl);
  if (config.environment === "development") return folderMailer(join(config.data, "outbox"), config.baseUrl);
  return {
    async send() {
      throw new MailUnavailable("SMTP_URL-is-not-set");
    },
    close() {},
  };
}

/**
 * smtps:// speaks TLS from the first byte; smtp:// insists on STARTTLS. The server has to prove who it is either way.
 * `?from=cairn@example.org` is the sender; `?ca=/etc/cairn/mail-ca.pem` an authority of the institution's own.
 */
export function smtpMailer(smtpUrl: string, baseUrl: string): Mailer {
  const url = new URL(smtpUrl);
  const isTls = url.protocol === "smtps:";
  const authority = url.searchParams.get("ca");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const transport = createTransport({
    host,
    port: Number(url.port || (isTls ? 465 : 587)),
    secure: isTls,
    requireTLS: !isTls,
    ...(url.username !== "" && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    tls: {
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...(authority !== null && { ca: readAuthority(authority) }),
    },
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const from = url.searchParams.get("from") ?? undefined;
  return {
    async send(letter, id) {
      const message = messageOf(letter, id, baseUrl, from);
      try {
        await transport.sendMail(message);
      } catch (error) {
        throw wordFailure(error);
      }
    },
    close: () => transport.close(),
  };
}

/** One .eml a letter, readable by any mail program. */
export function folderMailer(folder: string, baseUrl: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return {
    async send(letter, id) {
      const { message } = await transport.sendMail(messageOf(letter, id, baseUrl, undefined));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, `${id}.eml`);
      writeFileSync(`${file}.new`, message as Buffer, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    close: () => transport.close(),
  };
}

function messageOf(letter: Letter, id: string, baseUrl: string, from: string | undefined): SendMailOptions {
  if (letter.to.length > 254 || !ONE_ADDRESS.test(letter.to)) throw new MailRefused("not-one-address");
  const { hostname } = new URL(baseUrl);
  return {
    from: { name: "Cairn", address: from ?? `no-reply@${hostname}` },
    to: { name: "", address: letter.to },
    // One line, whatever somebody called himself: a line break here would begin another header.
    subject: letter.subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim(),
    text: letter.text,
    html: letterHtml(letter),
    messageId: `<${id}@${hostname}>`,
    headers: { "auto-submitted": "auto-generated" },
  };
}

/** Exactly one, without a display name, a group, a comment or a line break. */
const ONE_ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+$/u;

/** A 5xx to the envelope is about this letter; everything else is about the server, the way to it, or our account there. */
function wordFailure(error: unknown): MailRefused | MailUnavailable {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const isFinal = responseCode !== undefined && responseCode >= 500 && (code === "EENVELOPE" || code === "EMESSAGE");
  if (isFinal) return new MailRefused(String(responseCode));
  return new MailUnavailable([code, responseCode].filter((part) => part !== undefined).join("-") || "unknown");
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Refusal(`The authority ${path} named by ?ca= in SMTP_URL cannot be read.`);
  }
}
