/** A managed study for the demonstration: from its dossier to randomised participants, through the same doors as a person's. */
import type { DemoPerson, DemoStage } from "@core/module.ts";

const PASSWORD = "a demonstration needs no secret";
const first = ["Mara", "Nils", "Olga", "Piet", "Quinn", "Rosalie", "Sven", "Tilda", "Ugo", "Vera", "Wim", "Yara"];

export async function managementDemo(stage: DemoStage): Promise<void> {
  if (stage.institution !== "northfield") return;
  const workspace = await stage.workspace({
    slug: "rest",
    title: "REST heart rate trial",
    kind: "study",
    modules: ["studies"],
  });
  const at = (path: string) => `/w/${workspace.slug}/studies${path}`;
  const hire = async (name: string, role: string, site?: string): Promise<DemoPerson & { readonly email: string }> => {
    const email = `${name.toLowerCase().replaceAll(/[^a-z]+/g, ".")}@northfield.example`;
    const person = await workspace.person({ name, email, role, ...(site ? { site } : {}) });
    await person.post("/account/password", { password: PASSWORD, again: PASSWORD });
    return Object.assign(person, { email });
  };
  const office = await hire("Rita Research Office", "research_office");
  const principal = await hire("Pia Principal", "investigator");
  const coordinator = await hire("Carl Coordinator", "study_coordinator", "Northfield");
  const head = await hire("Hedda Head", "approver");
  const statistician = await hire("Ursula Unblinded", "unblinded_statistician");
  await hire("Phil Pharmacist", "pharmacist", "Northfield");
  await hire("Mats Monitor", "study_monitor");
  const sign = (who: { readonly email: string }) => ({ signature_name: who.email, signature: PASSWORD });
  const today = new Date().toISOString().slice(0, 10);

  const dossier = {
    acronym: "REST",
    sponsor: "Northfield Hospital (invented)",
    sponsorKind: "own",
    phase: "III",
    department: "Cardiology",
    investigatorId: principal.id,
    target: "60",
    budget: "240000",
  };
  await office.post(at("/dossier"), { ...dossier, revision: "0" });
  const gate = (to: string, attested: readonly string[] = []) =>
    office.post(at(`/dossier/gate/${to}`), { attested, ...sign(office) });
  await gate("review");
  for (const [approver, validUntil] of [
    ["department", ""],
    ["finance", ""],
    ["ethics", later(today, 400)],
  ] as const) {
    await office.post(at("/approvals"), { approver, deciderId: head.id });
    for (const id of new Set(idsIn(await head.get(at("/approvals")), "/approvals/"))) {
      const page = await head.get(at(`/approvals/${id}`));
      if (!page.includes(`/approvals/${id}/decision`)) continue;
      await head.post(at(`/approvals/${id}/decision`), { decision: "granted", validUntil, ...sign(head) });
    }
  }
  await gate("set_up", ["feasible"]);
  for (const [kind, expiresOn] of [
    ["protocol", ""],
    ["consent-form", ""],
    ["ethics-approval", later(today, 400)],
    ["insurance", later(today, 40)],
  ] as const) {
    const file = { filename: `${kind}.pdf`, bytes: onePage(`${kind}, of an invented study`) };
    const { location } = await office.post(at("/documents"), { kind, expiresOn, file });
    await office.post(`${location}/sign`, sign(office));
  }

  const site = optionsIn(await coordinator.get(at("/screening/new")), "siteId")[0] ?? "";
  await office.post(at("/courses"), {
    title: "Good clinical practice",
    tasks: ["obtain-consent", "randomise"],
    validMonths: "24",
    requiredFrom: "2025-01-01",
  });
  const course = optionsIn(await coordinator.get(at("/trainings")), "courseId")[0] ?? "";
  await coordinator.post(at("/trainings"), {
    personId: coordinator.id,
    courseId: course,
    completedOn: today,
    ...sign(coordinator),
  });
  const line = await principal.post(at("/delegation"), {
    personId: coordinator.id,
    siteId: site,
    tasks: ["obtain-consent", "assess-eligibility", "enter-data", "randomise"],
    fromOn: today,
  });
  await coordinator.post(`${line.location}/accept`, sign(coordinator));
  await principal.post(`${line.location}/approve`, sign(principal));

  const scheme = await statistician.post(at("/randomisation/schemes"), {
    method: "blocks",
    arms: "A; Active; 1\nB; Placebo; 1",
    factors: "Sex: female / male",
    bySite: "on",
    blinded: "on",
    multiples: "1, 2",
    slotsPerStratum: "40",
  });
  await office.post(`${scheme.location}/activate`, sign(office));
  for (const step of ["contract", "ethics", "documents", "training", "product", "systems", "visit"])
    await office.post(at(`/sites/${site}/steps/${step}`), {});
  await office.post(at(`/sites/${site}/activate`), sign(office));
  await gate("recruiting", ["registered"]);
  // Samples came with an amendment: the laboratory has not answered yet.
  await office.post(at("/dossier"), { ...dossier, usesSamples: "on", revision: "1" });
  await office.post(at("/approvals"), { approver: "laboratory", deciderId: head.id });
  await office.post(at("/recruitment/plan"), {
    target: "60",
    startsOn: `${Number(today.slice(0, 4)) - 1}-06-01`,
    endsOn: `${Number(today.slice(0, 4)) + 1}-06-01`,
  });

  await office.post(at("/tasks/rules"), { event: "randomised", title: "Plan the visit after four weeks", days: "28" });
  await office.post(at("/tasks"), {
    title: "Send the monitor the dates of the next visits",
    personId: coordinator.id,
    dueOn: later(today, 3),
  });
  await office.post(at("/letters"), {
    title: "A site takes part",
    body: "{institution}, {today}\n\nDear {recipient},\n\nSite {site} takes part in {study} ({short_title}), sponsored by {sponsor}. {target} participants are wanted; {included} are included so far.\n\nYours sincerely,\n\n{investigator}",
  });

  /** One that is reported and reviewed, one that has to be reported, one of no single participant. */
  const deviate = async (subjectId: string) => {
    const deviation = { severity: "important", happenedOn: today, discoveredOn: today };
    const late = await coordinator.post(at("/deviations"), {
      ...deviation,
      subjectId,
      title: "Consent of the second version obtained a day late",
      category: "consent",
      words: "The new version was in force; the old one lay in the room. Invented.",
      action: "Old papers were destroyed; the room is checked each Monday.",
    });
    await coordinator.post(`${late.location}/told`, { to: "ethics committee", onDay: today, note: "EC 26/17" });
    await principal.post(`${late.location}/review`, sign(principal));
    await coordinator.post(at("/deviations"), {
      ...deviation,
      subjectId,
      title: "Blood pressure measured after the dose, not before",
      category: "procedure",
    });
    await coordinator.post(at("/deviations"), {
      ...deviation,
      severity: "minor",
      siteId: site,
      title: "Freezer at −18 °C for two hours",
      category: "data",
    });
  };
  for (const [n, name] of first.entries()) {
    const { location } = await coordinator.post(at("/screening"), {
      name: `${name} Volunteer`,
      siteId: site,
      source: n % 3 ? "clinic" : "referral",
    });
    if (n % 4 === 3) {
      await coordinator.post(`${location}/drop`, { dropped: n % 8 === 3 ? "not-interested" : "exclusion" });
      continue;
    }
    for (let step = 0; step < (n % 4 === 2 ? 2 : 3); step++)
      await coordinator.post(`${location}/next`, { onDay: today });
    if (n % 4 === 2) continue;
    await coordinator.post(`${location}/eligible`, { onDay: today, ...sign(coordinator) });
    const page = await coordinator.get(location);
    const subject = /randomisation\/new\?subject=([0-9a-f-]{36})/.exec(page)?.[1];
    if (!subject || n > 9) continue;
    await coordinator.post(at("/randomisation"), {
      subjectId: subject,
      requestId: crypto.randomUUID(),
      "factor.sex": n % 2 ? "male" : "female",
    });
    if (n === 0) await deviate(subject);
    if (n === 4)
      await coordinator.post(at("/safety"), {
        subjectId: subject,
        term: "Syncope",
        onsetOn: today,
        awareOn: today,
        awareTime: "00:00",
        severity: "moderate",
        criteria: ["hospitalisation"],
        related: "possible",
        expected: "no",
        outcome: "recovering",
        narrative: "Fainted while standing up; admitted for observation. Invented.",
      });
  }
}

const later = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
/** A page of paper with one line on it. */
function onePage(line: string): Uint8Array {
  const text = `BT /F1 14 Tf 60 760 Td (${line}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const at = objects.map((object, n) => {
    const from = file.length;
    file += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return from;
  });
  const table = at.map((from) => `${String(from).padStart(10, "0")} 00000 n \n`).join("");
  return new TextEncoder().encode(
    `${file}xref\n0 6\n0000000000 65535 f \n${table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
  );
}
const idsIn = (page: string, before: string): string[] =>
  [...page.matchAll(new RegExp(`${before}([0-9a-f-]{36})`, "g"))].map(([, id = ""]) => id);
/** The values offered by one select. */
const optionsIn = (page: string, name: string): string[] => {
  const from = page.indexOf(`name="${name}"`);
  const part = page.slice(from, page.indexOf("</select>", from));
  return [...part.matchAll(/<option value="([0-9a-f-]{36})"/g)].map(([, id = ""]) => id);
};
