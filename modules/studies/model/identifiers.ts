/**
 * Items that look as if they would hold what identifies a person, in English, Spanish, Dutch and German. A form should
 * not hold such things unencrypted; the builder stops at them until the field is encrypted or somebody signs for it.
 */
import type { Item, ItemType } from "./build.ts";
import { anyText, type Words } from "./words.ts";

export type IdentifierKind =
  | "name"
  | "birth date"
  | "phone"
  | "e-mail"
  | "national number"
  | "record number"
  | "address"
  | "postal code";

export interface Suspicion {
  readonly kind: IdentifierKind;
  /** The words that gave it away. */
  readonly words: string;
}

interface Lexicon {
  readonly kind: IdentifierKind;
  /** A yes or no about e-mails holds no e-mail address; only these types can hold the thing itself. */
  readonly types: readonly ItemType["is"][];
  readonly says: RegExp;
  readonly unless?: RegExp;
}

const free = ["text"] as const;
const numbered = ["text", "integer", "decimal"] as const;

/** Written without accents; matched against " words of the label ". Stems end in \w*. */
const lexicons: readonly Lexicon[] = [
  {
    kind: "e-mail",
    types: free,
    says: / (?:e ?mails?(?: (?:address|adres|adresse))?|mail ?(?:address|adres|adresse)|correo(?: electronico)?|direccion de correo) /,
    unless: / (?:reminders?|preference|frequency|template|subject line|sent|onderwerp|betreff|asunto|recordatorio) /,
  },
  {
    kind: "birth date",
    types: ["date", "datetime", "text"],
    says: / (?:date of birth|birth ?date|birthday|dob|born on|fecha (?:de )?nac\w*|nacimiento|geboortedatum|geb(?:oorte)? ?datum|geburts(?:datum|tag)|geb dat\w*) /,
    unless:
      / (?:weight|peso|gewicht\w*|country|pais|land|place|lugar|method|order|hospital|year of birth|ano de nacimiento|complication\w*|problem\w*) /,
  },
  {
    kind: "national number",
    types: numbered,
    says: / (?:ssn|social security(?: (?:number|no))?|national insurance(?: (?:number|no))?|nino|nhs (?:number|no)|passport(?: (?:number|no))?|driver\w* licen[cs]e(?: (?:number|no))?|tax id\w*|national id\w*|identity card\w*|seguridad social|nss|dni|nie|nif|cedula|curp|pasaporte|documento de identidad|bsn|burgerservicenummer|sofi ?nummer|rijksregisternummer|paspoort\w*|rijbewijs\w*|identiteitskaart\w*|sozialversicherungs\w*|rentenversicherungs\w*|versicherten ?n\w*|krankenversicherungsnummer|kvnr|personalausweis\w*|reisepass\w*|steuer ?id\w*|ahv ?n\w*) /,
    unless: / (?:benefits?|income|status|issued|expiry|uitkering) /,
  },
  {
    kind: "record number",
    types: numbered,
    says: / (?:mrn|medical record (?:number|no|id)|hospital (?:number|no|id)|patient (?:number|no|id) (?:at|in) (?:the )?hospital|chart (?:number|no)|patient file (?:number|no)|health (?:card|insurance) (?:number|no|id)|insurance (?:policy )?(?:number|no|id)|historia clinica|nhc|tarjeta sanitaria|patient(?:en)?nummer|patienten ?id|ziekenhuis ?nummer|dossier ?nummer|polisnummer|verzekerings ?nummer|akten ?(?:zeichen|nummer)|fall ?nummer|krankenakte\w*|gesundheitskarte\w*) /,
    unless: / (?:pages|of patients|visits|studie\w*|study) /,
  },
  {
    kind: "phone",
    types: numbered,
    says: / (?:phone|telephone|tel|tel no|mobile(?: (?:number|no|phone))?|cell(?:ular)? ?(?:phone|number)|cell|fax|whatsapp|telefon\w*|telefoon\w*|movil|celular|gsm|mobiel\w*|mobilnummer|mobiltelefon\w*|handy\w*|rufnummer\w*) /,
    unless:
      / (?:use|usage|hours?|minutes?|uso|horas|minutos|uren|minuten|gebruik|nutzung\w*|stunden|model|modelo|brand|type|count|culture|cultures|lung|therapy|battery|blood|app|visit|line|calls?|anzahl|aantal|numero de llamadas|mobility) /,
  },
  {
    kind: "postal code",
    types: numbered,
    says: / (?:zip(?: ?code)?|post ?code|postal ?code|codigo postal|cp|postcode\w*|postleitzahl\w*|plz) /,
    unless: / (?:file|archive|first digit|prefix|region) /,
  },
  {
    kind: "address",
    types: free,
    says: / (?:(?:home|street|postal|mailing|current|residential|permanent|contact|patient s|kin(?: contact)?)? ?address(?:es)?|street(?: (?:name|and number|number))?|house number|place of residence|direccion(?: postal| particular| de casa)?|domicilio|calle(?: y numero)?|adres(?:gegevens)?|woonadres|huisadres|straat(?:naam)?|huisnummer|woonplaats|adresse|anschrift|wohnadresse|wohnanschrift|strasse|hausnummer|wohnort) /,
    unless:
      / (?:ip|web|url|site|hospital|clinic|sponsor|laboratory|lab|addressed|issue|concern|needs|drug|drugs|work ?stress|noise|viento|viento|del viento|movimiento|medicatie|ziekenhuis|klinik\w*|krankenhaus\w*|labor|laboratorio|centro) /,
  },
  {
    kind: "name",
    types: free,
    says: / (?:(?:first|last|full|given|family|middle|maiden|patient|participant|subject|mother s|father s|spouse s|partner s|child s|preferred|legal|kin(?: contact)?|contact|caregiver|guardian|physician|doctor|gp|nurse|investigator|witness) names?|names?|names? of (?:the )?(?:patient|participant|subject|child|mother|father|partner|spouse|caregiver|guardian|witness|contact|next of kin|gp|physician|doctor)|surname|forename|initials|nombre(?:s)?(?: y apellidos?| completo| de pila)?|apellidos?|iniciales|naam|voornaam|achternaam|familienaam|meisjesnaam|roepnaam|voorletters|initialen|name|vorname|nachname|familienname|geburtsname|vor und nachname) /,
    unless:
      / (?:drug|drugs|medication|medications|medicine|medicinal|trade|brand|generic|product|study|site|hospital|clinic|device|test|form|visit|file|procedure|lab|laboratory|company|sponsor|manufacturer|pharmacy|allergen|allergy|disease|diagnosis|variable|protocol|vaccine|substance|supplement|food|pathogen|organism|surgery|therapy|treatment|school|regimen|gene|medicamento|medicamentos|farmaco|marca|estudio|producto|centro|prueba|fabricante|vacuna|enfermedad|procedimiento|tratamiento|laboratorio|comercial|dispositivo|hospital|medicijn|medicatie|geneesmiddel|middel|merk|merknaam|studie|product|ziekenhuis|test|fabrikant|vaccin|ziekte|behandeling|hulpmiddel|medikament\w*|praeparat\w*|praparat\w*|wirkstoff\w*|handelsname|studie\w*|produkt\w*|klinik\w*|krankenhaus\w*|gerat\w*|hersteller\w*|impfstoff\w*|krankheit\w*|verfahren|behandlung\w*|erreger\w*|other specify) /,
  },
];

/** Ärzte → arzte, patientName → patient name, E-Mail → e mail. */
function plain(text: string): string {
  const folded = text
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/ß/g, "ss")
    .toLowerCase();
  return ` ${folded.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
}

/** What an item with this id, these texts and this type would probably hold; null when nothing points to a person. */
export function suspicionOf(item: Pick<Item, "id" | "name" | "question" | "hint" | "type">): Suspicion | null {
  const texts = [item.id, item.name, ...allTexts(item.question), ...allTexts(item.hint)].map((text) =>
    plain(text.slice(0, 300)),
  );
  // Words that clear a suspicion may stand in another text of the item than the words that raise it.
  const all = texts.join("");
  for (const { kind, types, says, unless } of lexicons) {
    if (!types.includes(item.type.is) || unless?.test(all)) continue;
    for (const text of texts) {
      const match = says.exec(text);
      if (match) return { kind, words: match[0].trim() };
    }
  }
  return null;
}

const allTexts = (words: Words): string[] => Object.values(words).map(({ text }) => text);

/** Null when the item may stay as it is; otherwise what to do about it. */
export function identifierProblem(item: Item, language: string): string | null {
  if (item.fieldClass === "encrypted" || item.identifierReason) return null;
  const suspicion = suspicionOf(item);
  if (!suspicion && !item.identifies) return null;
  const label = anyText(item.question, language) || item.name;
  const why = suspicion ? `looks like a ${suspicion.kind} (“${suspicion.words}”)` : "is marked as identifying a person";
  return `“${label}” ${why}. Encrypt the field, remove it, or sign for keeping it readable.`;
}
