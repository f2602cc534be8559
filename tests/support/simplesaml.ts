/**
 * SimpleSAMLphp as an identity provider, on PHP's own server, configured in a folder of the test's. Needs the Debian
 * packages simplesamlphp, php-cli, php-xml and php-mbstring; SIMPLESAMLPHP_DIR names another place of the first.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeOwnCertificate } from "@core/vault/certificate.ts";

export interface Installed {
  readonly php: string;
  readonly www: string;
}
export interface SimpleSaml {
  readonly metadata: string;
  /** Reads our metadata, as its administrator would. */
  know(metadata: string): Promise<void>;
  /** Follows our request, types name and password, and answers with the page that sends us the assertion. */
  signIn(location: string): Promise<string>;
  /** Follows our request to leave. Where the browser is sent back to. */
  leave(location: string): Promise<string>;
  /** Signs out there. Where the browser is sent: to us, with its request. */
  startLeaving(): Promise<string>;
  stop(): Promise<void>;
}

/** A sentence when it cannot be tried. */
export function findSimpleSaml(): Installed | string {
  const php = Bun.which("php");
  if (!php) return "PHP is not installed";
  const www = join(process.env.SIMPLESAMLPHP_DIR ?? "/usr/share/simplesamlphp", "www");
  if (!existsSync(www)) return "SimpleSAMLphp is not installed";
  const modules = Bun.spawnSync([php, "-m"]).stdout.toString().toLowerCase();
  const missing = ["dom", "mbstring", "openssl"].filter((name) => !modules.includes(name));
  return missing.length > 0 ? `PHP lacks ${missing.join(", ")}` : { php, www };
}

const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

export async function openSimpleSaml({ php, www }: Installed): Promise<SimpleSaml> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-simplesaml-"));
  for (const name of ["config", "metadata", "cert", "log", "data", "tmp", "sessions"]) mkdirSync(join(folder, name));
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  const url = `http://127.0.0.1:${port}`;
  const own = await makeOwnCertificate("simplesaml.invented.example");
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("cert/idp.pem", own.privateKey);
  write("cert/idp.crt", own.certificate);
  write(
    "config/config.php",
    `<?php $config = ['baseurlpath' => '${url}/', 'certdir' => '${folder}/cert/', 'loggingdir' => '${folder}/log/',
  'datadir' => '${folder}/data/', 'tempdir' => '${folder}/tmp', 'metadatadir' => '${folder}/metadata/',
  'secretsalt' => '${crypto.randomUUID()}', 'auth.adminpassword' => '${crypto.randomUUID()}', 'technicalcontact_email' => 'nobody@invented.example',
  'timezone' => 'UTC', 'logging.level' => 4, 'logging.handler' => 'file', 'logging.logfile' => 'simple.log',
  'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
  'session.cookie.secure' => false, 'session.phpsession.cookiename' => 'SimpleSAML', 'session.phpsession.savepath' => '${folder}/sessions',
  'session.phpsession.httponly' => true, 'store.type' => 'phpsession', 'metadata.sources' => [['type' => 'flatfile']],
  'language.default' => 'en', 'language.available' => ['en'], 'theme.use' => 'default', 'production' => true,
  'trusted.url.domains' => [], 'authproc.idp' => [], 'authproc.sp' => [], 'proxy' => null, 'showerrors' => true, 'errorreporting' => false];`,
  );
  write(
    "config/authsources.php",
    `<?php $config = ['invented' => ['exampleauth:UserPass', 'simon:simon' => ['uid' => ['simon-1'],
  'mail' => ['simon.simple@northfield.example'], 'displayName' => ['Simon Simple']]]];`,
  );
  write(
    "metadata/saml20-idp-hosted.php",
    `<?php $metadata['${url}/idp'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.pem', 'certificate' => 'idp.crt', 'auth' => 'invented',
  'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'saml20.sign.response' => true, 'saml20.sign.assertion' => true,
  'sign.logout' => true, 'validate.authnrequest' => true, 'validate.logout' => true, 'assertion.encryption' => true, 'NameIDFormat' => '${PERSISTENT}',
  'authproc' => [3 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => '${PERSISTENT}']]];`,
  );
  const server = Bun.spawn([php, "-S", `127.0.0.1:${port}`, "-t", www], {
    env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: join(folder, "config") },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const cookies = new Map<string, string>();
  const send = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(address, {
      ...init,
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  /** As long as it leads to pages of its own. */
  const follow = async (address: string, init: RequestInit = {}): Promise<{ at: string; response: Response }> => {
    let at = address;
    let response = await send(at, init);
    for (let i = 0; i < 12; i++) {
      const next = response.headers.get("location");
      if (!next) return { at, response };
      at = new URL(next, at).href;
      if (!at.startsWith(url)) return { at, response };
      response = await send(at);
    }
    throw new Error(`SimpleSAMLphp leads in circles: ${at}`);
  };
  for (let i = 0; i < 200; i++) {
    const isUp = await fetch(`${url}/resources/default.css`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await Bun.sleep(25);
  }
  return {
    metadata: await (await send(`${url}/saml2/idp/metadata.php`)).text(),
    async know(metadata) {
      const read = (pattern: RegExp) => pattern.exec(metadata)?.[1]?.replace(/\s/g, "") ?? "";
      const certificate = read(/X509Certificate>([^<]+)</);
      const slo = read(/SingleLogoutService[^>]*Location="([^"]+)"/);
      write(
        "metadata/saml20-sp-remote.php",
        `<?php $metadata['${read(/entityID="([^"]+)"/)}'] = ['AssertionConsumerService' => '${read(/AssertionConsumerService[^>]*Location="([^"]+)"/)}',
  'SingleLogoutService' => [['Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'Location' => '${slo}']], 'NameIDFormat' => '${PERSISTENT}', 'certData' => '${certificate}'];`,
      );
    },
    async signIn(location) {
      const { at, response } = await follow(location);
      const page = await response.text();
      // Signed in there already: it answers at once.
      if (page.includes("SAMLResponse")) return page;
      const [, state = ""] = /name="AuthState" value="([^"]+)"/.exec(page) ?? [];
      if (state === "")
        throw new Error(`SimpleSAMLphp shows no form: ${page.replace(/<[^>]+>|\s+/g, " ").slice(0, 500)}`);
      const form = new URLSearchParams({
        username: "simon",
        password: "simon",
        AuthState: state.replaceAll("&amp;", "&"),
      });
      return (await follow(new URL(at).origin + new URL(at).pathname, { method: "POST", body: form })).response.text();
    },
    leave: async (location) => (await follow(location)).at,
    startLeaving: async () =>
      (await follow(`${url}/saml2/idp/SingleLogoutService.php?ReturnTo=${encodeURIComponent(`${url}/`)}`)).at,
    async stop() {
      server.kill();
      await server.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
