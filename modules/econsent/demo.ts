/**
 * An invented study with three sites, told through its own pages: a document in three languages and two versions, a wave
 * of asking again that is half done, a partial withdrawal, a question that waits. Everyone in it is invented.
 */
import type { DemoPerson, DemoStage, DemoWorkspace, Upload } from "@core/module.ts";
import { sheet, tones } from "./demo-media.ts";
import { demoTexts } from "./demo-texts.ts";
import { type Language, languages } from "./document.ts";

const PASSWORD = "seven stones upon the northern path";

interface Team {
  readonly site: string;
  readonly coordinator: DemoPerson;
  readonly investigator: DemoPerson;
}
interface Told {
  readonly name: string;
  readonly language: Language;
  readonly no?: readonly string[];
  /** Signed the second version too. */
  readonly again?: boolean;
}

const people: Readonly<Record<string, readonly Told[]>> = {
  Northfield: [
    { name: "Petra Participant", language: "en", again: true },
    { name: "Pedro Participant", language: "es", no: ["sharing"] },
    { name: "Pauline Participant", language: "en", again: true },
  ],
  Harbour: [
    { name: "Pim Participant", language: "nl", again: true },
    { name: "Polly Participant", language: "en", no: ["samples", "recontact"] },
    { name: "Percy Participant", language: "en" },
  ],
  Lakeview: [
    { name: "Phoebe Participant", language: "en" },
    { name: "Philip Participant", language: "en", no: ["sharing"] },
  ],
};

export async function demo(stage: DemoStage): Promise<void> {
  if (stage.institution !== "northfield") return;
  const workspace = await stage.workspace({
    slug: "aurora",
    title: "AURORA blood pressure study",
    kind: "study",
    modules: ["econsent"],
  });
  const at = (path: string) => `/w/${workspace.slug}/econsent${path}`;
  const address = (name: string) => `${name}@northfield.example`;
  const hire = async (name: string, role: string, mail: string, site?: string, signs = false) => {
    const person = await workspace.person({ name, email: address(mail), role, ...(site ? { site } : {}) });
    if (signs) await person.post("/account/password", { password: PASSWORD, again: PASSWORD });
    return person;
  };
  const writer = await hire("Stella Administrator", "study_administrator", "stella");
  const publisher = await hire("Paul Publisher", "study_administrator", "paul", undefined, true);
  await hire("Mona Monitor", "study_monitor", "mona");
  const teams: Team[] = [];
  for (const site of Object.keys(people)) {
    const short = site.slice(0, 1).toLowerCase();
    teams.push({
      site,
      coordinator: await hire(`Cora Coordinator (${site})`, "study_coordinator", `cora.${short}`, site),
      investigator: await hire(`Ines Investigator (${site})`, "investigator", `ines.${short}`, site, true),
    });
  }
  const sign = (mail: string) => ({ signature_name: address(mail), signature: PASSWORD });
  const sites = await sitesOf((teams[0] as Team).coordinator, at);

  const first = await writeFirst(writer, at);
  const publish = async (version: string, where: readonly string[]) => {
    await writer.post(at(`/versions/${version}/forward`), {});
    const digest =
      /name="digest" value="([0-9a-f]{64})"/.exec(await publisher.get(at(`/versions/${version}`)))?.[1] ?? "";
    await publisher.post(at(`/versions/${version}/publish`), { digest, ...sign("paul") });
    for (const siteId of where)
      await publisher.post(at(`/versions/${version}/approvals`), {
        siteId,
        approvedOn: "2026-01-12",
        effectiveFrom: "2026-01-15",
        reference: `EC 2026/${siteId ? "58" : "17"}`,
      });
  };
  for (const language of languages) await publish(first.versions[language], [""]);

  const ids = new Map<string, string>();
  let count = 0;
  for (const team of teams) {
    for (const told of people[team.site] ?? []) {
      count += 1;
      const { location } = await team.coordinator.post(at("/participants/new"), {
        code: `AUR-${String(count).padStart(3, "0")}`,
        siteId: sites.get(team.site) ?? "",
        name: told.name,
        email: `${told.name.split(" ")[0]?.toLowerCase()}@people.example`,
      });
      const id = location.split("/").at(-1) ?? "";
      ids.set(told.name, id);
      await onPaper(at, team, sign(`ines.${team.site.slice(0, 1).toLowerCase()}`), id, first, told);
    }
  }

  // The amendment: in force at two of the three sites, and half of those whom it touches have signed it.
  const second = await writeSecond(writer, at, first);
  for (const language of languages)
    await publish(second.versions[language], [sites.get("Northfield") ?? "", sites.get("Harbour") ?? ""]);
  const due = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  for (const team of teams.slice(0, 2)) {
    await team.coordinator.post(at(`/versions/${second.versions.en}/again`), { dueOn: due });
    for (const told of people[team.site] ?? [])
      if (told.again)
        await onPaper(
          at,
          team,
          sign(`ines.${team.site.slice(0, 1).toLowerCase()}`),
          ids.get(told.name) ?? "",
          second,
          told,
        );
  }

  const [north, , lake] = teams;
  if (!north || !lake) return;
  await lake.coordinator.post(at(`/participants/${ids.get("Phoebe Participant")}/withdraw`), {
    scope: ["samples", "sharing"],
    told: "telephone",
    reason: "Does not want blood to be kept any longer.",
  });
  await onTheTablet(workspace, at, north, sites.get("Northfield") ?? "", first.documentId);
}

async function sitesOf(person: DemoPerson, at: (path: string) => string): Promise<Map<string, string>> {
  const page = await person.get(at("/participants/new"));
  return new Map(
    [...page.matchAll(/<option value="([0-9a-f-]{36})"[^>]*>([^<]+)</g)].map(([, id = "", name = ""]) => [name, id]),
  );
}

interface Written {
  readonly documentId: string;
  readonly versions: Readonly<Record<Language, string>>;
}

async function writeFirst(writer: DemoPerson, at: (path: string) => string): Promise<Written> {
  const versions = {} as Record<Language, string>;
  const { en } = demoTexts;
  const begun = await writer.post(at("/documents"), { title: en.title, isMain: "on", language: "en" });
  versions.en = begun.location.split("/").at(-1) ?? "";
  const documentId =
    /\/documents\/([0-9a-f-]{36})\/new/.exec((await writer.get(at("/documents"))).split(en.title).at(-1) ?? "")?.[1] ??
    "";
  for (const language of languages) {
    if (language !== "en") {
      const { location } = await writer.post(at(`/documents/${documentId}/new`), {
        from: versions.en,
        number: "1",
        language,
        changes: "",
      });
      versions[language] = location.split("/").at(-1) ?? "";
    }
    const text = demoTexts[language];
    let ordinal = 1;
    const save = (path: string, form: Readonly<Record<string, string | Upload>>) =>
      writer.post(at(`/versions/${versions[language]}${path}`), { ...form, ordinal: String(ordinal++) });
    for (const [index, section] of text.sections.entries())
      await save(`/sections/${language === "en" ? "new" : `s${index + 1}`}`, { ...section, place: String(index + 1) });
    await save(`/questions/${language === "en" ? "new" : "q1"}`, text.question);
    const { agreements, samples, recontact, sharing, glossary } = text;
    await save("/asked", { agreements, samples, recontact, sharing });
    await save("/glossary", { glossary });
    const part = (id: string) => (language === "en" ? "new" : id);
    await save(`/media/${part("m1")}`, {
      ...text.recording,
      section: "s2",
      ...(language === "en" ? { file: { filename: "visits.wav", bytes: tones(4) } } : {}),
    });
    await save(`/media/${part("m2")}`, {
      title: text.paper.title,
      file: { filename: "aurora.pdf", bytes: sheet(text.paper.lines) },
    });
    await save(`/assents/${part("c1")}`, { ...text.children, from: "8", to: "13" });
  }
  return { documentId, versions };
}

async function writeSecond(writer: DemoPerson, at: (path: string) => string, first: Written): Promise<Written> {
  const versions = {} as Record<Language, string>;
  for (const language of languages) {
    const { second, changes, sections } = demoTexts[language];
    const { location } = await writer.post(at(`/documents/${first.documentId}/new`), {
      from: first.versions[language],
      number: "2",
      language,
      asksAgain: "on",
      changes,
    });
    versions[language] = location.split("/").at(-1) ?? "";
    await writer.post(`${location}/sections/s2`, {
      title: sections[1]?.title ?? "",
      ...second,
      place: "2",
      ordinal: "1",
    });
  }
  return { documentId: first.documentId, versions };
}

async function onPaper(
  at: (path: string) => string,
  team: Team,
  signature: Readonly<Record<string, string>>,
  participant: string,
  { documentId, versions }: Written,
  { name, language, no = [] }: Told,
): Promise<void> {
  await team.coordinator.post(at(`/participants/${participant}/begin`), {
    documentId,
    language,
    circumstance: "adult",
  });
  const page = await team.coordinator.get(at(`/participants/${participant}`));
  const consent = /\/consents\/([0-9a-f-]{36})\/paper/.exec(page)?.[1] ?? "";
  const form = await team.coordinator.get(at(`/consents/${consent}/paper`));
  const signer = /name="names\.([0-9a-f-]{36})"/.exec(form)?.[1] ?? "";
  await team.coordinator.post(at(`/consents/${consent}/paper`), {
    scan: { filename: "signed.pdf", bytes: new TextEncoder().encode(`%PDF-1.4 invented scan of ${participant}`) },
    versionId: versions[language],
    signedOn: new Date().toISOString().slice(0, 10),
    [`names.${signer}`]: name,
    yes: ["samples", "recontact", "sharing"].filter((one) => !no.includes(one)),
  });
  const sheet = await team.investigator.get(at(`/consents/${consent}/countersign`));
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(sheet)?.[1] ?? "";
  await team.investigator.post(at(`/consents/${consent}/countersign`), { digest, ...signature });
}

/** Two who read on the study's tablet: one has signed and waits for the investigator, one has asked a question first. */
async function onTheTablet(
  workspace: DemoWorkspace,
  at: (path: string) => string,
  team: Team,
  siteId: string,
  documentId: string,
): Promise<void> {
  for (const [index, name] of ["Pablo Participant", "Priya Participant"].entries()) {
    const { location } = await team.coordinator.post(at("/participants/new"), {
      code: `AUR-1${index + 1}0`,
      siteId,
      name,
      email: `${name.split(" ")[0]?.toLowerCase()}@people.example`,
    });
    await team.coordinator.post(`${location}/begin`, { documentId, language: "en", circumstance: "adult" });
    const signer = /\/signers\/([0-9a-f-]{36})\/hand-over/.exec(await team.coordinator.get(location))?.[1] ?? "";
    // Handing over ends the session: somebody else of that name goes on, as after signing in again.
    const tablet = await workspace.person({
      name: `Cora Coordinator (${team.site})`,
      email: "cora.n@northfield.example",
      role: "study_coordinator",
      site: team.site,
    });
    const gate = (await tablet.post(at(`/signers/${signer}/hand-over`), { pin: "407193", seen: "on" })).location;
    const inside = (await tablet.post(`${gate}/code`, { code: "407193" })).location;
    await tablet.post(`${inside}/start`, {});
    for (const screen of [1, 2, 3]) await tablet.post(`${inside}/read/${screen}`, {});
    if (index === 1) {
      await tablet.post(`${inside}/ask`, { part: "s3", question: "May I drive a car in these months?", holds: "on" });
      continue;
    }
    for (const screen of [4, 5]) await tablet.post(`${inside}/read/${screen}`, {});
    await tablet.post(`${inside}/quiz/1`, { answer: "0" });
    await tablet.post(`${inside}/quiz/1`, { answer: "1" });
    for (const screen of [1, 2, 3]) await tablet.post(`${inside}/choice/${screen}`, { yes: "yes" });
    const version = /name="version" value="([0-9a-f]{64})"/.exec(await tablet.get(`${inside}/sign`))?.[1] ?? "";
    await tablet.post(`${inside}/sign`, { version, agreed: ["a1", "a2"], name });
  }
}
