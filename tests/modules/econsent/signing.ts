/** For tests: asking a participant, the way in, and reading through to the signature. */
import type { Answer, Client, FormValues } from "../../support/world.ts";
import { done, type Study, wordsOf } from "./study.ts";

export interface Asked {
  readonly subjectId: string;
  readonly consentId: string;
  /** In their order. */
  readonly signers: readonly string[];
}

let count = 0;
export async function ask(
  house: Study,
  over: {
    code?: string;
    site?: string;
    circumstance?: string;
    cannotRead?: string;
    birthDate?: string;
    language?: string;
    by?: Client;
  } = {},
): Promise<Asked> {
  count += 1;
  const by = over.by ?? house.as.coordinator;
  const code = over.code ?? `P-${String(count).padStart(3, "0")}`;
  const { location } = await done(
    by.post(house.url("/participants/new"), {
      code,
      siteId: over.site ?? house.sites.N,
      name: `Pia Participant ${count}`,
      email: `pia.${count}@people.example`,
      ...(over.birthDate ? { birthDate: over.birthDate } : {}),
    }),
  );
  const subjectId = location.split("/").at(-1) ?? "";
  return begin(house, subjectId, over);
}

export async function begin(
  house: Study,
  subjectId: string,
  over: { circumstance?: string; cannotRead?: string; language?: string; by?: Client } = {},
): Promise<Asked> {
  const by = over.by ?? house.as.coordinator;
  const [document] = await house.rows<{ id: string }>("select id from econsent.documents order by made_at limit 1");
  await done(
    by.post(house.url(`/participants/${subjectId}/begin`), {
      documentId: document?.id ?? "",
      language: over.language ?? "en",
      circumstance: over.circumstance ?? "adult",
      ...(over.cannotRead ? { cannotRead: "on" } : {}),
    }),
  );
  const [consent] = await house.rows<{ id: string }>(
    "select id from econsent.consents where subject_id = $1 order by made_at desc limit 1",
    [subjectId],
  );
  const signers = await house.rows<{ id: string }>(
    "select id from econsent.signers where consent_id = $1 order by ordinal",
    [consent?.id],
  );
  return { subjectId, consentId: consent?.id ?? "", signers: signers.map(({ id }) => id) };
}

export interface Way {
  /** The path of the link, without the host. */
  readonly gate: string;
  readonly code: string;
}
export async function wayFor(house: Study, signer: string, method = "video", by = house.as.coordinator): Promise<Way> {
  const page = await by.post(house.url(`/signers/${signer}/invite`), { method });
  if (page.status !== 200) throw new Error(`answered ${page.status}: ${wordsOf(page)}`);
  return wayOn(page);
}
export function wayOn({ text }: Answer): Way {
  return {
    gate: /\/p\/[\w-]{43}\/econsent/.exec(text)?.[0] ?? "",
    code: (/<strong>(\d{3} \d{3})<\/strong>/.exec(text)?.[1] ?? "").replace(" ", ""),
  };
}

/** Past the gate: the path of the link that the code opens. */
export async function enter(house: Study, way: Way): Promise<string> {
  const { location } = await done(house.world.stranger().post(`${way.gate}/code`, { code: way.code }));
  return location;
}

/** Follows every way on, reading and answering, until the page to sign; its digest. */
export async function readThrough(
  house: Study,
  inside: string,
  answers: Readonly<Record<string, "yes" | "no">> = {},
): Promise<string> {
  const visitor = house.world.stranger();
  await done(visitor.post(`${inside}/start`));
  for (let screens = 0; screens < 40; screens++) {
    const { location } = await visitor.get(`${inside}/next`);
    const [, kind, at] = /\/(read|quiz|choice|sign|done|wait|start|mine)(?:\/(\d+))?$/.exec(location) ?? [];
    if (kind === "sign") {
      const page = await visitor.get(location);
      return /name="version" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "";
    }
    if (kind === "read") await done(visitor.post(`${inside}/read/${at}`));
    else if (kind === "quiz") await done(visitor.post(`${inside}/quiz/${at}`, { answer: "1" }));
    else if (kind === "choice") {
      const scope = ["samples", "recontact", "sharing"][Number(at) - 1] ?? "";
      await done(visitor.post(`${inside}/choice/${at}`, { yes: answers[scope] ?? "yes" }));
    } else throw new Error(`led to ${location}`);
  }
  throw new Error("no page to sign came");
}

export const sign = (house: Study, inside: string, version: string, over: FormValues = {}) =>
  house.world.stranger().post(`${inside}/sign`, { version, agreed: ["a1", "a2"], name: "Pia Participant", ...over });

/** From the link to the signature. */
export async function signAs(house: Study, signer: string, over: FormValues = {}, answers = {}): Promise<string> {
  const inside = await enter(house, await wayFor(house, signer));
  const version = await readThrough(house, inside, answers);
  const signed = await sign(house, inside, version, over);
  if (signed.location !== `${inside}/done`)
    throw new Error(`led to ${signed.status} ${signed.location}: ${wordsOf(signed)}`);
  return inside;
}

export async function countersign(
  house: Study,
  consentId: string,
  by = house.as.investigator,
  who = house.people.investigator,
) {
  const at = house.url(`/consents/${consentId}/countersign`);
  const page = await by.get(at);
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "0".repeat(64);
  return by.post(at, { digest, signature_name: who.email, signature: "a long walk to the seventh cairn" });
}
