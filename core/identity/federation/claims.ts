/** Who somebody is, in the words that different services use for it. */
import { isEmail } from "@core/http/formats.ts";
import type { Said } from "./door.ts";
import type { Vouched } from "./saml-gate.ts";

const CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const MICROSOFT = "http://schemas.microsoft.com/";

// eduPerson and LDAP by object identifier (Shibboleth), WS-Federation claims (Entra), plain words (Okta, Google).
const words = {
  email: [`${CLAIM}emailaddress`, "urn:oid:0.9.2342.19200300.100.1.3", "mail", "email", "Email", "emailAddress"],
  name: [
    "urn:oid:2.16.840.1.113730.3.1.241",
    "displayName",
    `${MICROSOFT}identity/claims/displayname`,
    "urn:oid:2.5.4.3",
    "cn",
  ],
  given: [`${CLAIM}givenname`, "urn:oid:2.5.4.42", "givenName", "firstName", "FirstName"],
  family: [`${CLAIM}surname`, "urn:oid:2.5.4.4", "sn", "surname", "lastName", "LastName"],
  methods: [`${MICROSOFT}claims/authnmethodsreferences`],
} as const;

/** How a service says that a second factor was given: REFEDS, Entra, and the contexts of SAML's own that mean a device. */
const SECONDS = [
  "https://refeds.org/profile/mfa",
  `${MICROSOFT}claims/multipleauthn`,
  "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
  "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
  "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
  "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
];
/** RFC 8176; and acr values in use. */
const AMR_SECONDS = ["mfa", "hwk", "sc"];
const ACR_SECONDS = ["https://refeds.org/profile/mfa", "phr", "phrh"];

const LONGEST_NAME = 200;

export function saidBySaml(vouched: Vouched): Said {
  const first = (names: readonly string[]) =>
    names.flatMap((name) => vouched.attributes[name] ?? []).find((value) => value !== "") ?? null;
  const methods = words.methods.flatMap((name) => vouched.attributes[name] ?? []);
  const email = first(words.email) ?? (isEmail(vouched.subject.toLowerCase()) ? vouched.subject : null);
  return {
    subject: vouched.subject,
    name: tidy(first(words.name) ?? joined(first(words.given), first(words.family))),
    email: address(email),
    calledThere: vouched.subject,
    sessionIndex: vouched.sessionIndex,
    hasSecond: [vouched.context ?? "", ...methods].some((one) => SECONDS.includes(one)),
  };
}

/** Of an ID token that was checked. */
export function saidByOpenId(claims: Readonly<Record<string, unknown>>): Said {
  const text = (name: string) => (typeof claims[name] === "string" ? claims[name] : null);
  const amr = Array.isArray(claims.amr) ? claims.amr : [];
  return {
    subject: text("sub") ?? "",
    name: tidy(text("name") ?? joined(text("given_name"), text("family_name"))),
    // An address that the service itself has not confirmed is nobody's.
    email: claims.email_verified === false ? null : address(text("email")),
    calledThere: text("sub") ?? "",
    sessionIndex: text("sid"),
    hasSecond: amr.some((one) => AMR_SECONDS.includes(String(one))) || ACR_SECONDS.includes(text("acr") ?? ""),
  };
}

const joined = (given: string | null, family: string | null) => [given, family].filter(Boolean).join(" ") || null;
function tidy(name: string | null): string | null {
  const plain = (name ?? "")
    .replace(/[\p{Cc}\p{Cf}]/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain === "" ? null : plain.slice(0, LONGEST_NAME);
}
function address(email: string | null): string | null {
  const plain = (email ?? "").trim().toLowerCase();
  return isEmail(plain) && plain.length <= 254 ? plain : null;
}
