/**
 * The fixed texts, in English and Spanish. Every safety answer is one of these, never a model's words. The fields of a
 * text are in its type: a text cannot be filled without them, nor with others. Changed texts need a new approval.
 */
import { sha256 } from "@core/vault/primitives.ts";
import type { Locale } from "./reading-grade.ts";

const texts = {
  emergency: {
    en: "Call 911 now. Do not wait for a text. If someone is with you, show them this. If you may pass out from low sugar, use glucagon if you have it. Nothing by mouth if not awake.",
    es: "Llame al 911 ahora. No espere un mensaje. Si hay alguien con usted, muéstrele esto. Si se desmaya por azúcar baja, usen glucagón si lo tienen. Nada por la boca si no está despierto.",
  },
  crisis: {
    en: "You are not alone. Call or text 988 now, any time. If you are in danger, call 911. A person from {program} will reach out to you.",
    es: "No está solo. Llame o escriba al 988 ahora, a toda hora. Si hay peligro, llame al 911. Una persona de {program} le va a contactar.",
  },
  "danger-signs": {
    en: "What you feel can be very serious, at any sugar level. Go to the ER or call 911 now. Do not drive yourself. We are telling your care team.",
    es: "Lo que siente puede ser muy grave, con cualquier nivel de azúcar. Vaya a urgencias o llame al 911 ya. No maneje. Avisamos a su equipo.",
  },
  "very-high": {
    en: "That is very high. Call your care team now: {phone}. Go to the ER or call 911 if you throw up, breathe fast, have belly pain or feel confused. Drink water.",
    es: "Está muy alta. Llame ya a su equipo: {phone}. Vaya a urgencias o llame al 911 si vomita, respira rápido, le duele la barriga o se confunde. Tome agua.",
  },
  "very-low": {
    en: "That is very low. Eat or drink 15-20 g of fast sugar now: 4 oz of juice or 4 glucose tabs. Check in 15 min and text me. Call 911 if no better or confused.",
    es: "Está muy baja. Tome ya 15-20 g de azúcar: 4 oz de jugo o 4 tabletas de glucosa. Mida en 15 min y escriba. Llame al 911 si no mejora o se confunde.",
  },
  high: {
    en: "That is high. Follow your sick day plan. Drink water. Check ketones if you have strips. Call {phone} if it stays up. Call 911 if you throw up or feel confused.",
    es: "Está alta. Siga su plan para días de enfermedad. Tome agua. Mida cetonas si tiene tiras. Llame al {phone} si no baja. Si vomita o se confunde, al 911.",
  },
  low: {
    en: "That sounds low. Take 15 g of sugar now: 4 oz of juice or 4 glucose tabs. Check in 15 min and text me. Eat if your next meal is over an hour away.",
    es: "Parece baja. Tome 15 g de azúcar ya: 4 oz de jugo o 4 tabletas de glucosa. Mida en 15 min y escriba. Coma si falta más de una hora para comer.",
  },
  dose: {
    en: "I can't help with doses. Your care team can: {phone}. I am telling your coach that you asked.",
    es: "No puedo ayudar con dosis. Su equipo sí: {phone}. Le aviso a su coach que preguntó.",
  },
  person: {
    en: "Got it. A coach will read this and write to you. If it can't wait, call {phone}. For an emergency call 911.",
    es: "Recibido. Un coach va a leer esto y le escribe. Si no puede esperar, llame al {phone}. En una emergencia llame al 911.",
  },
  "ask-unit": {
    en: "Just to be sure: what number does your meter show, and is it mg/dL or mmol/L?",
    es: "Para estar seguro: ¿qué número marca su medidor, y es en mg/dL o mmol/L?",
  },
  "ask-number": {
    en: "Just to be sure: what one number does your meter show now?",
    es: "Para estar seguro: ¿qué número marca su medidor ahora?",
  },
  "ask-whose": {
    en: "Is that your own reading, from now? Please text just the number.",
    es: "¿Es su propia lectura, de ahora? Escriba solo el número.",
  },
  stopped: {
    en: "{program}: You will get no more texts. Text START to come back. Need help? {phone}.",
    es: "{program}: Ya no recibirá mensajes. Escriba START para volver. ¿Ayuda? {phone}.",
  },
  "stopped-in-crisis": {
    en: "{program}: You will get no more texts. Call or text 988 any time. For an emergency call 911 now.",
    es: "{program}: Ya no recibirá mensajes. Llame o escriba al 988 a toda hora. En una emergencia llame al 911 ya.",
  },
  started: {
    en: "{program}: You are in. Up to {perWeek} texts a week. Msg & data rates may apply. HELP for help, STOP to end. Some answers come from a computer.",
    es: "{program}: Está inscrito. Hasta {perWeek} mensajes por semana. Puede haber cargos. HELP para ayuda, STOP para salir. A veces contesta una computadora.",
  },
  help: {
    en: "{program}: health coaching by text. Call {phone} for help. In an emergency call 911. Msg & data rates may apply. Text STOP to end.",
    es: "{program}: coaching de salud por mensaje. Llame al {phone}. En una emergencia llame al 911. Puede haber cargos. Escriba STOP para salir.",
  },
  invitation: {
    en: "{program}: {coach} invites you to health coaching by text. Texts are not encrypted. Reply YES to join, STOP to end. Terms: {link}",
    es: "{program}: {coach} le invita a coaching de salud por mensaje. No van cifrados. Responda SI para entrar, STOP para salir. {link}",
  },
  "new-number": {
    en: "{program}: Is this your number now? Reply YES and we go on here. Reply STOP to end.",
    es: "{program}: ¿Es este su número ahora? Responda SI y seguimos aquí. Responda STOP para salir.",
  },
  "no-model": { en: "Got it. A coach will reply.", es: "Recibido. Un coach le va a contestar." },
  machine: {
    en: "I am a computer program of {program}. A coach can see this too. Text COACH for a person.",
    es: "Soy un programa de computadora de {program}. Un coach también lo ve. Escriba COACH para una persona.",
  },
  recheck: {
    en: "It has been 15 minutes. What is your sugar now?",
    es: "Pasaron 15 minutos. ¿Cuánto tiene de azúcar ahora?",
  },
  unknown: {
    en: "This number is for members of {program}. Call {phone} for help. Text STOP to end.",
    es: "Este número es para miembros de {program}. Llame al {phone}. Escriba STOP para salir.",
  },
  media: {
    en: "I can't read pictures or voice. Please text it in words.",
    es: "No puedo ver fotos ni oír audios. Escríbalo con palabras.",
  },
} as const satisfies Record<string, Record<Locale, string>>;

export type FixedText = keyof typeof texts;
type FieldsIn<Text extends string> = Text extends `${string}{${infer Field}}${infer Rest}`
  ? Field | FieldsIn<Rest>
  : never;
export type FieldsOf<Id extends FixedText> = Readonly<Record<FieldsIn<(typeof texts)[Id][Locale]>, string>>;

export const fixedTexts = Object.keys(texts) as readonly FixedText[];
export const textOf = (id: FixedText, locale: Locale): string => texts[id][locale];

/** The text with its fields. A field may hold no braces and no line ends, so that no name can bring a field of its own. */
export function fillText<Id extends FixedText>(id: Id, locale: Locale, fields: FieldsOf<Id>): string {
  const given: Readonly<Record<string, string>> = fields;
  return texts[id][locale].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = given[name]?.replace(/[{}\p{Cc}]/gu, "").trim();
    if (!value) throw new Error(`The text “${id}” needs its field “${name}”. Fill it in under the service's settings.`);
    return value;
  });
}

/** What an approval of the texts is about: change a word, and it is another hash. */
export const textsHash = (): string => sha256(JSON.stringify(texts)).toString("hex");
