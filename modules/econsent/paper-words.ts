/** What the printed consent says by itself: headings, signatures and how it came about, in three languages. */
import type { SignatureWords } from "@core/documents/pdf-document.ts";
import type { Language } from "./document.ts";
import type { Method } from "./identification.ts";
import type { SignerRole } from "./signers.ts";
import type { Way } from "./tables.ts";

export interface PaperWords {
  readonly title: (code: string) => string;
  readonly version: (document: string, number: number | null) => string;
  readonly institution: string;
  readonly study: string;
  readonly participant: string;
  readonly language: string;
  readonly since: string;
  readonly notInEffect: string;
  readonly digest: string;
  readonly unchanged: string;
  readonly isUnchanged: string;
  readonly isChanged: string;
  readonly signatures: string;
  readonly signature: SignatureWords;
  readonly roles: Readonly<Record<SignerRole, string>>;
  readonly nameless: string;
  readonly signedOn: (day: string, way: string) => string;
  readonly ways: Readonly<Record<Way, string>>;
  readonly identity: (method: string) => string;
  readonly methods: Readonly<Record<Method, string>>;
  readonly digestOf: (digest: string) => string;
  readonly digestDiffers: string;
  readonly drawn: (role: string) => string;
  readonly waiting: (roles: string) => string;
  readonly choices: string;
  readonly yes: string;
  readonly no: string;
  readonly what: string;
  readonly agree: (text: string) => string;
  readonly forChildren: (from: number, to: number) => string;
  readonly beside: string;
  readonly paper: string;
  readonly scan: (kilobytes: number) => string;
  readonly scanDetail: (digest: string, at: string) => string;
  readonly how: string;
  readonly order: string;
  readonly when: string;
  readonly whatHappened: string;
  readonly seconds: string;
  readonly team: string;
  readonly happened: {
    readonly entered: (method: string) => string;
    readonly version: (number: number) => string;
    readonly read: (section: string, full: boolean | null) => string;
    readonly full: (section: string) => string;
    readonly opened: (title: string) => string;
    readonly played: (title: string) => string;
    readonly answered: (isRight: boolean) => string;
    readonly chose: (choice: string, answer: string | null) => string;
    readonly talked: string;
    readonly paused: string;
    readonly asked: (holds: boolean) => string;
    readonly replied: string;
    readonly signed: (way: string) => string;
  };
}

const en: PaperWords = {
  title: (code) => `Consent of ${code}`,
  version: (document, number) => `${document}, version ${number ?? "none"}`,
  institution: "Institution",
  study: "Study",
  participant: "Participant",
  language: "Language",
  since: "In effect since",
  notInEffect: "Not in effect: a signature is missing",
  digest: "Text (SHA-256)",
  unchanged: "Text unchanged",
  isUnchanged: "Yes: the digest made anew is the same",
  isChanged: "No: the digest made anew differs",
  signatures: "Signatures",
  signature: {
    by: (name) => `Signed electronically by ${name}`,
    meaning: (meaning) => `Meaning: ${meaning}`,
    at: (time) => `Date and time: ${time}`,
    broken: "This signature is broken: the content has changed since it was signed.",
  },
  roles: {
    participant: "Participant",
    minor: "Minor (assent)",
    representative: "Legal representative",
    witness: "Impartial witness",
    investigator: "Investigator",
  },
  nameless: "(name not shown)",
  signedOn: (day, way) => `Signed on ${day}, ${way}.`,
  ways: {
    typed: "by typing the name",
    drawn: "by typing the name and drawing",
    paper: "on paper",
    password: "with a password",
  },
  identity: (method) => `Identity: ${method}.`,
  methods: {
    mail_code: "A one-time code sent to the address on file",
    told_code: "A one-time code told by the team on the telephone number on file",
    video: "Seen by the team on a video call, with a document",
    in_person: "Met by the team in person, with a document",
  },
  digestOf: (digest) => `Digest ${digest}.`,
  digestDiffers: "The digest made anew differs: what is kept is not what was signed.",
  drawn: (role) => `Drawn signature, ${role}`,
  waiting: (roles) => `Not signed yet: ${roles}.`,
  choices: "Choices",
  yes: "Yes",
  no: "No",
  what: "What was signed",
  agree: (text) => `I agree: ${text}`,
  forChildren: (from, to) => `What children from ${from} to ${to} years read`,
  beside: "Beside the text",
  paper: "Paper",
  scan: (kilobytes) => `Scan, ${kilobytes} kB`,
  scanDetail: (digest, at) => `SHA-256 ${digest}, added ${at}`,
  how: "How it came about",
  order: "In the order in which it happened",
  when: "When",
  whatHappened: "What",
  seconds: "Seconds",
  team: "Team",
  happened: {
    entered: (method) => `entered. ${method}`,
    version: (number) => `opened version ${number}`,
    read: (section, full) =>
      `read “${section}”${full === null ? "" : full ? ", with its full text" : ", its summary alone"}`,
    full: (section) => `opened the full text of “${section}”`,
    opened: (title) => `opened “${title}”`,
    played: (title) => `pressed play on “${title}”`,
    answered: (isRight) => `answered a question of understanding ${isRight ? "rightly" : "not rightly"}`,
    chose: (choice, answer) => `answered “${choice}” with ${answer ?? "nothing"}`,
    talked: "the team talked it over",
    paused: "paused",
    asked: (holds) => `asked the team a question${holds ? " and waited for the answer" : ""}`,
    replied: "answered the question",
    signed: (way) => `signed ${way}`,
  },
};

const es: PaperWords = {
  title: (code) => `Consentimiento de ${code}`,
  version: (document, number) => `${document}, versión ${number ?? "ninguna"}`,
  institution: "Institución",
  study: "Estudio",
  participant: "Participante",
  language: "Idioma",
  since: "En vigor desde",
  notInEffect: "No está en vigor: falta una firma",
  digest: "Texto (SHA-256)",
  unchanged: "Texto sin cambios",
  isUnchanged: "Sí: el resumen calculado de nuevo es el mismo",
  isChanged: "No: el resumen calculado de nuevo es distinto",
  signatures: "Firmas",
  signature: {
    by: (name) => `Firmado electrónicamente por ${name}`,
    meaning: (meaning) => `Significado: ${meaning}`,
    at: (time) => `Fecha y hora: ${time}`,
    broken: "Esta firma ya no vale: el contenido ha cambiado desde que se firmó.",
  },
  roles: {
    participant: "Participante",
    minor: "Menor (asentimiento)",
    representative: "Representante legal",
    witness: "Testigo imparcial",
    investigator: "Investigador",
  },
  nameless: "(nombre no mostrado)",
  signedOn: (day, way) => `Firmado el ${day}, ${way}.`,
  ways: {
    typed: "escribiendo el nombre",
    drawn: "escribiendo el nombre y dibujando",
    paper: "en papel",
    password: "con una contraseña",
  },
  identity: (method) => `Identidad: ${method}.`,
  methods: {
    mail_code: "Un código de un solo uso enviado a la dirección registrada",
    told_code: "Un código de un solo uso dicho por el equipo en el teléfono registrado",
    video: "Visto por el equipo en una videollamada, con un documento",
    in_person: "Recibido por el equipo en persona, con un documento",
  },
  digestOf: (digest) => `Resumen ${digest}.`,
  digestDiffers: "El resumen calculado de nuevo es distinto: lo guardado no es lo que se firmó.",
  drawn: (role) => `Firma dibujada, ${role}`,
  waiting: (roles) => `Falta la firma de: ${roles}.`,
  choices: "Decisiones",
  yes: "Sí",
  no: "No",
  what: "Lo que se firmó",
  agree: (text) => `Estoy de acuerdo: ${text}`,
  forChildren: (from, to) => `Lo que leen los menores de ${from} a ${to} años`,
  beside: "Junto al texto",
  paper: "Papel",
  scan: (kilobytes) => `Copia escaneada, ${kilobytes} kB`,
  scanDetail: (digest, at) => `SHA-256 ${digest}, añadida ${at}`,
  how: "Cómo se llegó a la firma",
  order: "En el orden en que ocurrió",
  when: "Cuándo",
  whatHappened: "Qué",
  seconds: "Segundos",
  team: "Equipo",
  happened: {
    entered: (method) => `entró. ${method}`,
    version: (number) => `abrió la versión ${number}`,
    read: (section, full) =>
      `leyó «${section}»${full === null ? "" : full ? ", con el texto completo" : ", solo el resumen"}`,
    full: (section) => `abrió el texto completo de «${section}»`,
    opened: (title) => `abrió «${title}»`,
    played: (title) => `puso en marcha «${title}»`,
    answered: (isRight) => `respondió ${isRight ? "bien" : "mal"} a una pregunta de comprensión`,
    chose: (choice, answer) => `respondió a «${choice}»: ${answer === "yes" ? "sí" : answer === "no" ? "no" : "nada"}`,
    talked: "el equipo lo habló con él o ella",
    paused: "hizo una pausa",
    asked: (holds) => `hizo una pregunta al equipo${holds ? " y esperó la respuesta" : ""}`,
    replied: "respondió a la pregunta",
    signed: (way) => `firmó ${way}`,
  },
};

const nl: PaperWords = {
  title: (code) => `Toestemming van ${code}`,
  version: (document, number) => `${document}, versie ${number ?? "geen"}`,
  institution: "Instelling",
  study: "Onderzoek",
  participant: "Deelnemer",
  language: "Taal",
  since: "Geldig sinds",
  notInEffect: "Niet geldig: er ontbreekt een handtekening",
  digest: "Tekst (SHA-256)",
  unchanged: "Tekst onveranderd",
  isUnchanged: "Ja: de opnieuw berekende controlewaarde is dezelfde",
  isChanged: "Nee: de opnieuw berekende controlewaarde is anders",
  signatures: "Handtekeningen",
  signature: {
    by: (name) => `Elektronisch ondertekend door ${name}`,
    meaning: (meaning) => `Betekenis: ${meaning}`,
    at: (time) => `Datum en tijd: ${time}`,
    broken: "Deze handtekening klopt niet meer: de inhoud is veranderd sinds het tekenen.",
  },
  roles: {
    participant: "Deelnemer",
    minor: "Minderjarige (instemming)",
    representative: "Wettelijk vertegenwoordiger",
    witness: "Onpartijdige getuige",
    investigator: "Onderzoeker",
  },
  nameless: "(naam niet getoond)",
  signedOn: (day, way) => `Ondertekend op ${day}, ${way}.`,
  ways: {
    typed: "door de naam te typen",
    drawn: "door de naam te typen en te tekenen",
    paper: "op papier",
    password: "met een wachtwoord",
  },
  identity: (method) => `Identiteit: ${method}.`,
  methods: {
    mail_code: "Een eenmalige code gestuurd naar het bekende adres",
    told_code: "Een eenmalige code verteld door het team op het bekende telefoonnummer",
    video: "Door het team gezien in een videogesprek, met een document",
    in_person: "Door het team persoonlijk ontmoet, met een document",
  },
  digestOf: (digest) => `Controlewaarde ${digest}.`,
  digestDiffers: "De opnieuw berekende controlewaarde is anders: wat bewaard is, is niet wat is ondertekend.",
  drawn: (role) => `Getekende handtekening, ${role}`,
  waiting: (roles) => `Nog niet ondertekend: ${roles}.`,
  choices: "Keuzes",
  yes: "Ja",
  no: "Nee",
  what: "Wat is ondertekend",
  agree: (text) => `Ik ga akkoord: ${text}`,
  forChildren: (from, to) => `Wat kinderen van ${from} tot en met ${to} jaar lezen`,
  beside: "Naast de tekst",
  paper: "Papier",
  scan: (kilobytes) => `Scan, ${kilobytes} kB`,
  scanDetail: (digest, at) => `SHA-256 ${digest}, toegevoegd ${at}`,
  how: "Hoe het tot stand kwam",
  order: "In de volgorde waarin het gebeurde",
  when: "Wanneer",
  whatHappened: "Wat",
  seconds: "Seconden",
  team: "Team",
  happened: {
    entered: (method) => `kwam binnen. ${method}`,
    version: (number) => `opende versie ${number}`,
    read: (section, full) =>
      `las “${section}”${full === null ? "" : full ? ", met de volledige tekst" : ", alleen de samenvatting"}`,
    full: (section) => `opende de volledige tekst van “${section}”`,
    opened: (title) => `opende “${title}”`,
    played: (title) => `speelde “${title}” af`,
    answered: (isRight) => `beantwoordde een begripsvraag ${isRight ? "goed" : "niet goed"}`,
    chose: (choice, answer) =>
      `beantwoordde “${choice}” met ${answer === "yes" ? "ja" : answer === "no" ? "nee" : "niets"}`,
    talked: "het team heeft het besproken",
    paused: "pauzeerde",
    asked: (holds) => `stelde het team een vraag${holds ? " en wachtte op het antwoord" : ""}`,
    replied: "beantwoordde de vraag",
    signed: (way) => `ondertekende ${way}`,
  },
};

export const paperWordsIn: Readonly<Record<Language, PaperWords>> = { en, es, nl };
