/** Where this installation's root keys lie, as KMS_URL says it, and the provider that is opened there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "@core/refusal.ts";
import { openKeyring } from "./keyring.ts";
import type { KeyProvider } from "./kms.ts";
import { transitKeys } from "./transit.ts";

export type KeyPlace =
  | { readonly kind: "local" }
  | { readonly kind: "aws"; readonly region: string; readonly keyId: string; readonly endpoint?: string }
  | {
      readonly kind: "transit";
      readonly address: string;
      readonly mount: string;
      readonly key: string;
      readonly namespace?: string;
    };

/** Where the transit token comes from. A file is read at each call, so that an agent may renew it. */
export type KeyToken = { readonly value: string } | { readonly file: string };

export const keyPlaceExample = "aws-kms://eu-central-1/alias/cairn";

/**
 * "local"; "aws-kms://<region>/<key id, ARN or alias/…>[?endpoint=https://…]";
 * "transit+https://<host>[:port]/<mount>/<key>[?namespace=…]". In the clear only where `allowsClear`.
 */
export function parseKeyPlace(text: string, allowsClear: boolean): KeyPlace {
  if (text === "local") return { kind: "local" };
  if (!URL.canParse(text)) throw new Refusal("is neither local nor an address.");
  const url = new URL(text);
  if (url.username || url.password || url.hash) throw new Refusal("holds more than a host, a path and a question.");
  if (url.protocol === "aws-kms:") return awsPlace(url, allowsClear);
  if (url.protocol === "transit+https:" || url.protocol === "transit+http:") return transitPlace(url, allowsClear);
  throw new Refusal(`begins with ${url.protocol}//; use aws-kms://, transit+https:// or local.`);
}

function awsPlace(url: URL, allowsClear: boolean): KeyPlace {
  const region = url.hostname;
  const keyId = decodeURIComponent(url.pathname.slice(1));
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw new Refusal("names no region, such as eu-central-1.");
  if (!/^(alias\/[\w/-]+|[0-9a-f-]{36}|mrk-[0-9a-f]{32}|arn:aws[\w-]*:kms:.+)$/.test(keyId))
    throw new Refusal("names no key: its id, its ARN or alias/….");
  const endpoint = onlyQuestion(url, "endpoint");
  if (endpoint === null) return { kind: "aws", region, keyId };
  if (!URL.canParse(endpoint)) throw new Refusal("has an endpoint that is no address.");
  requireHttps(new URL(endpoint).protocol, allowsClear);
  return { kind: "aws", region, keyId, endpoint };
}

function transitPlace(url: URL, allowsClear: boolean): KeyPlace {
  const protocol = url.protocol.slice("transit+".length);
  requireHttps(protocol, allowsClear);
  const parts = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const key = parts.pop();
  const mount = parts.join("/");
  if (url.host === "" || !key || !mount || !/^[\w/.-]+$/.test(mount))
    throw new Refusal("names no mount and key: transit+https://vault.example.org:8200/transit/cairn.");
  const namespace = onlyQuestion(url, "namespace");
  const address = `${protocol}//${url.host}`;
  return { kind: "transit", address, mount, key, ...(namespace !== null && { namespace }) };
}

function onlyQuestion(url: URL, name: string): string | null {
  const stranger = [...url.searchParams.keys()].find((one) => one !== name);
  if (stranger !== undefined) throw new Refusal(`has ?${stranger}=, which means nothing here.`);
  return url.searchParams.get(name);
}

function requireHttps(protocol: string, allowsClear: boolean): void {
  if (protocol === "https:" || (allowsClear && protocol === "http:")) return;
  throw new Refusal("is not https; keys may not travel in the clear.");
}

export interface KeyHouse {
  /** Where a local keyring lies. */
  readonly data: string;
  readonly secretKey: string;
  readonly token?: KeyToken;
}

export async function openProvider(place: KeyPlace, house: KeyHouse): Promise<KeyProvider> {
  switch (place.kind) {
    case "local":
      return await openKeyring(keyringAt(house));
    case "aws":
      return (await import("./aws.ts")).awsKeys(place);
    case "transit":
      return transitKeys({ ...place, token: () => readToken(house.token) });
  }
}

export const keyringAt = ({ data, secretKey }: KeyHouse) => ({
  file: join(data, "keyring.json"),
  keyFile: join(data, "keyring.key"),
  secret: secretKey,
});

function readToken(token: KeyToken | undefined): string {
  if (!token) throw new Error("no token");
  return "value" in token ? token.value : readFileSync(token.file, "utf8").trim();
}

/** One line for `doctor` and the keys page; holds no secret. */
export function keyPlaceInWords(place: KeyPlace): string {
  if (place.kind === "local") return "a keyring on this machine";
  if (place.kind === "aws") return `AWS KMS in ${place.region}, key ${place.keyId}`;
  return `transit at ${place.address}, key ${place.mount}/${place.key}`;
}
