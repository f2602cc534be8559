/** What an authenticator is asked, and whether it answered. Both factors are asked for each time: to have it, and to unlock it. */
import type { Knock } from "@core/context.ts";
import { Problem } from "@core/problem.ts";
import { randomToken } from "@core/vault/primitives.ts";
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { Tenant } from "../door.ts";
import { addressOf } from "../link-letters.ts";
import type { ChallengePurpose } from "./door.ts";

const LONGEST = 20_000;
/** ES256 (keys and phones), EdDSA, RS256 (Windows Hello). */
const ALGORITHMS = [-7, -8, -257];

const NOT_TAKEN = "The passkey was not accepted. Try again; if it stays so, use another way.";
const refusal = () => new Problem("invalid", NOT_TAKEN, [{ field: "", sentence: NOT_TAKEN }]);

type Asking = Pick<Knock, "house" | "visit" | "incoming">;
/** Whose institution, under which of its names. */
interface Place {
  readonly house: Knock["house"];
  readonly visit: { readonly tenant: Tenant };
  readonly incoming: { readonly url: URL };
}

function placeOf({ house, visit, incoming }: Place): { readonly id: string; readonly origin: string } {
  const { hostname } = incoming.url;
  return { id: hostname, origin: addressOf(house.config.baseUrl, visit.tenant, hostname) };
}

export async function askForPasskey(
  knock: Knock,
  purpose: Exclude<ChallengePurpose, "enrolment">,
  personId: string | null,
): Promise<string> {
  const { house, visit } = knock;
  const challenge = randomToken(32);
  const known = personId ? await house.passkeys.idsOf(visit.tenant.id, personId) : [];
  await house.passkeys.makeChallenge(visit.tenant.id, challenge, purpose, personId);
  const options = await generateAuthenticationOptions({
    rpID: placeOf(knock).id,
    challenge: Uint8Array.from(Buffer.from(challenge, "base64url")),
    userVerification: "required",
    timeout: 300_000,
    ...(known.length > 0 ? { allowCredentials: known.map((id) => ({ id })) } : {}),
  });
  return JSON.stringify(options);
}

export async function askForNewPasskey(knock: Asking): Promise<string> {
  const { house, visit } = knock;
  const { arrival, tenant } = visit;
  if (!arrival) throw new Problem("sign-in");
  const { person } = arrival;
  const challenge = randomToken(32);
  await house.passkeys.makeChallenge(tenant.id, challenge, "enrolment", person.id);
  const known = await house.passkeys.idsOf(tenant.id, person.id);
  const options = await generateRegistrationOptions({
    rpName: tenant.name,
    rpID: placeOf(knock).id,
    userName: person.email,
    userDisplayName: person.name,
    userID: Uint8Array.from(Buffer.from(person.id.replaceAll("-", ""), "hex")),
    challenge: Uint8Array.from(Buffer.from(challenge, "base64url")),
    attestationType: "none",
    excludeCredentials: known.map((id) => ({ id })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    supportedAlgorithmIDs: ALGORITHMS,
    timeout: 300_000,
  });
  return JSON.stringify(options);
}

export interface NewPasskey {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
}

/** Throws Problem "invalid". */
export async function readNewPasskey(knock: Knock, answer: string): Promise<NewPasskey> {
  const { house, visit } = knock;
  const personId = visit.arrival?.person.id ?? "";
  const { id, origin } = placeOf(knock);
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: parse(answer) as RegistrationResponseJSON,
      expectedChallenge: (challenge) => house.passkeys.takeChallenge(visit.tenant.id, challenge, "enrolment", personId),
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) throw refusal();
    const { credential } = registrationInfo;
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      counter: credential.counter,
    };
  } catch {
    throw refusal();
  }
}

/** Whose passkey answered. Throws Problem "invalid" for everything else, in the same words. */
export async function requirePasskey(
  knock: Place,
  answer: string,
  purpose: Exclude<ChallengePurpose, "enrolment">,
  personId: string | null,
): Promise<{ readonly id: string; readonly name: string }> {
  const { house, visit } = knock;
  const { tenant } = visit;
  const { id, origin } = placeOf(knock);
  const response = parse(answer) as AuthenticationResponseJSON;
  const found = await house.passkeys.find(tenant.id, response.id);
  if (!found || found.person.status === "suspended" || (personId !== null && found.person.id !== personId))
    throw refusal();
  let counter: number;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (challenge) => house.passkeys.takeChallenge(tenant.id, challenge, purpose, personId),
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: {
        id: response.id,
        publicKey: Uint8Array.from(Buffer.from(found.publicKey, "base64url")),
        // Compared by the statement that writes it, so that two requests cannot both be the next.
        counter: 0,
      },
    });
    if (!verified) throw refusal();
    counter = authenticationInfo.newCounter;
  } catch {
    throw refusal();
  }
  if (!(await house.passkeys.use(tenant.id, found.id, counter))) throw refusal();
  return found.person;
}

/** As the browser's own toJSON writes it. Throws Problem. */
function parse(answer: string): { readonly id: string } {
  if (answer.length > LONGEST) throw refusal();
  try {
    const read: unknown = JSON.parse(answer);
    if (
      typeof read === "object" &&
      read !== null &&
      "id" in read &&
      typeof read.id === "string" &&
      read.id.length < 2_000
    )
      return read as { id: string };
  } catch {
    // Said below, like everything that is no answer.
  }
  throw refusal();
}
