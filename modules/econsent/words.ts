/** Everything a participant's page says by itself, in three languages. What the study says is in its documents. */
import type { ConsentScope } from "@core/module.ts";
import type { Language } from "./document.ts";
import type { MediumKind } from "./medium.ts";
import type { SignerRole } from "./signers.ts";
import type { Consequence } from "./withdrawal.ts";

export interface Words {
  readonly gate: string;
  readonly gateLead: string;
  readonly sendCode: string;
  readonly codeSent: string;
  readonly codeTold: string;
  readonly codeKiosk: string;
  readonly code: string;
  readonly codeHint: string;
  readonly enter: string;
  readonly codeMissing: string;
  readonly codeWrong: (left: number) => string;
  readonly codeOver: string;
  readonly codesEnough: string;
  readonly welcome: string;
  readonly welcomeLead: string;
  readonly welcomePoints: readonly string[];
  readonly roleLead: Readonly<Record<Exclude<SignerRole, "investigator">, string>>;
  readonly begin: string;
  readonly changed: string;
  readonly changedLead: string;
  readonly whatChanged: string;
  readonly readAgain: string;
  readonly nothing: string;
  readonly nothingLead: string;
  readonly step: (at: number, of: number) => string;
  readonly fullText: string;
  readonly fullTextOpen: string;
  readonly beside: string;
  readonly besideLead: string;
  readonly open: Readonly<Record<MediumKind, (title: string, size: string) => string>>;
  readonly transcript: string;
  readonly captions: string;
  readonly words: string;
  readonly wordsTitle: string;
  readonly next: string;
  readonly back: string;
  readonly ask: string;
  readonly pause: string;
  readonly decline: string;
  readonly quiz: string;
  readonly quizHint: string;
  readonly answer: string;
  readonly chooseAnswer: string;
  readonly notQuite: string;
  readonly tryAgain: string;
  readonly talk: string;
  readonly talkLead: string;
  readonly choice: string;
  readonly choiceHint: string;
  readonly yes: string;
  readonly no: string;
  readonly signTitle: string;
  readonly signing: (number: number, title: string) => string;
  readonly mayStop: string;
  readonly yourChoices: string;
  readonly change: string;
  readonly agreements: string;
  readonly agreeAll: string;
  readonly name: string;
  readonly nameHint: string;
  readonly nameMissing: string;
  readonly relation: string;
  readonly relationHint: string;
  readonly relationMissing: string;
  readonly draw: string;
  readonly drawHint: string;
  readonly drawWrong: string;
  readonly clear: string;
  readonly meaning: Readonly<Record<Exclude<SignerRole, "investigator">, string>>;
  readonly sign: string;
  readonly questionOpen: string;
  readonly askTitle: string;
  readonly askText: string;
  readonly askMissing: string;
  readonly askHolds: string;
  readonly askSend: string;
  readonly askSent: string;
  readonly askEnough: string;
  readonly asked: string;
  readonly noAnswerYet: string;
  readonly callTeam: (contact: string) => string;
  readonly goOn: string;
  readonly pausedTitle: string;
  readonly pausedLead: string;
  readonly declineTitle: string;
  readonly declineLead: string;
  readonly declineReason: string;
  readonly declineSend: string;
  readonly declinedTitle: string;
  readonly declinedLead: string;
  readonly doneTitle: string;
  readonly doneWaits: string;
  readonly doneEffect: string;
  readonly copy: string;
  readonly finish: string;
  readonly finished: string;
  readonly finishedKiosk: string;
  readonly mine: string;
  readonly mineLead: string;
  readonly signed: string;
  readonly paperScan: string;
  readonly stands: string;
  readonly given: string;
  readonly notGiven: string;
  readonly withdraw: string;
  readonly withdrawLead: string;
  readonly withdrawWhat: string;
  readonly withdrawReason: string;
  readonly withdrawNothing: string;
  readonly withdrawNext: string;
  readonly withdrawSure: string;
  readonly withdrawNow: string;
  readonly withdrawn: string;
  readonly looked: string;
  readonly lookedLead: string;
  readonly nobodyLooked: string;
  readonly changedIt: string;
  readonly readIt: string;
  readonly newVersionWaits: (by: string) => string;
  readonly scopes: Readonly<Record<ConsentScope, string>>;
  readonly consequences: Readonly<Record<Consequence, string>>;
  readonly mailCode: (code: string, minutes: number) => { subject: string; text: string };
  readonly mailInvite: (url: string, until: string) => { subject: string; text: string };
  readonly mailCopy: (url: string) => { subject: string; text: string };
  readonly mailAgain: (contact: string) => { subject: string; text: string };
  readonly takesPart: string;
}

const en: Words = {
  gate: "Enter your code",
  gateLead: "You were invited to read something and to decide about it. A code makes sure that it is you.",
  sendCode: "Send me a code",
  codeSent:
    "We have sent a code of six digits to the e-mail address that your study team has on file. It may take a minute.",
  codeTold: "Your study team tells you the code: on the telephone, on the screen or in person.",
  codeKiosk: "For the study team: enter your PIN, then hand over the tablet.",
  code: "Code",
  codeHint: "Six digits",
  enter: "Continue",
  codeMissing: "Enter the six digits of your code.",
  codeWrong: (left) =>
    left > 0
      ? `That is not the code. You can try ${left === 1 ? "once" : `${left} times`} more.`
      : "That is not the code, and it cannot be tried again. Ask for a new one.",
  codeOver: "There is no code that can be used now. Ask for a new one.",
  codesEnough: "Many codes were sent today. Call your study team, or try again tomorrow.",
  welcome: "Information for you",
  welcomeLead: "Please take your time. Nothing is decided until you sign.",
  welcomePoints: [
    "You read one thing at a time; the full text is one touch away.",
    "You can ask the team a question on every page.",
    "You can pause and go on later.",
    "Saying no has no disadvantage for you.",
  ],
  roleLead: {
    participant: "You decide for yourself.",
    minor: "Your parents have been asked too. You may say no.",
    representative: "You decide for someone else: please think of what he or she would want.",
    witness: "You watch that everything is explained and that the decision is free.",
  },
  begin: "Begin",
  changed: "The information has changed",
  changedLead: "A new version came into force. What you answered before does not count for it: please read it again.",
  whatChanged: "What is new",
  readAgain: "Read the new version",
  nothing: "Nothing to sign now",
  nothingLead: "There is nothing for you to sign at this moment. Your study team will contact you.",
  step: (at, of) => `Step ${at} of ${of}`,
  fullText: "Read the full text",
  fullTextOpen: "The full text",
  beside: "Listen, watch or keep",
  besideLead: "What you can hear, see or keep says the same as the text. You need not open it.",
  open: {
    audio: (title, size) => `Listen: ${title} (${size})`,
    video: (title, size) => `Watch: ${title} (${size})`,
    pdf: (title, size) => `Keep: ${title} (PDF, ${size})`,
  },
  transcript: "What is said and shown, in words",
  captions: "Captions",
  words: "Words explained",
  wordsTitle: "Words explained",
  next: "Continue",
  back: "Back",
  ask: "I want to ask a question first",
  pause: "Pause and go on later",
  decline: "I do not want to sign",
  quiz: "A question, to see whether we explained it well",
  quizHint: "This is no exam. You can try again.",
  answer: "Answer",
  chooseAnswer: "Choose one of the answers.",
  notQuite: "Not quite.",
  tryAgain: "Please try again.",
  talk: "Let us talk about it",
  talkLead:
    "We did not explain this well enough. Your study team will talk it over with you; after that you can go on here.",
  choice: "You may say yes or no",
  choiceHint: "Whatever you answer, you can take part.",
  yes: "Yes",
  no: "No",
  signTitle: "Sign",
  signing: (number, title) => `You are signing version ${number} of “${title}”.`,
  mayStop: "You can stop at any time, without giving a reason.",
  yourChoices: "What you chose",
  change: "Change",
  agreements: "Please tick each sentence",
  agreeAll: "Tick each sentence to sign. If you cannot agree to one, ask a question first.",
  name: "Your full name",
  nameHint: "Typing it is your signature.",
  nameMissing: "Type your first and last name.",
  relation: "What you are to the participant",
  relationHint: "For example: mother, guardian",
  relationMissing: "Say what you are to the participant.",
  draw: "Draw your signature, if you like",
  drawHint: "With a finger or a mouse. Your typed name counts as much.",
  drawWrong: "The drawing could not be read. Clear it and draw again, or leave it empty.",
  clear: "Clear the drawing",
  meaning: {
    participant: "I have read and understood this information and agree to take part",
    minor: "This was explained to me and I want to take part",
    representative: "I am allowed to decide for this person and agree that he or she takes part",
    witness: "The information was explained, seemed to be understood, and consent was given freely",
  },
  sign: "Sign",
  questionOpen: "You asked a question and wanted the answer first. You can sign as soon as the team has answered.",
  askTitle: "Ask the team",
  askText: "Your question",
  askMissing: "Write your question.",
  askHolds: "I want the answer before I decide",
  askSend: "Send the question",
  askSent: "Sent. The answer will stand here.",
  askEnough: "You have asked many questions here. Please talk to your study team.",
  asked: "Your questions",
  noAnswerYet: "No answer yet.",
  callTeam: (contact) => `You can also talk to ${contact}.`,
  goOn: "Go on reading",
  pausedTitle: "Paused",
  pausedLead:
    "What you have read and answered is kept. Open your link again when you want to go on; you will need a new code.",
  declineTitle: "You do not want to sign?",
  declineLead: "That is all right. It has no disadvantage for you. Nobody will ask you again through this link.",
  declineReason: "If you like: why?",
  declineSend: "I do not sign",
  declinedTitle: "You decided not to sign",
  declinedLead: "Thank you for your time. Your study team has been told.",
  doneTitle: "Thank you, you have signed",
  doneWaits: "Others have to sign too. You get a copy when everybody has signed.",
  doneEffect: "Everybody has signed. You can keep your copy here; we also send you a link.",
  copy: "Download my copy (PDF)",
  finish: "I am done",
  finished: "You can close this page now.",
  finishedKiosk: "Please give the tablet back to the study team.",
  mine: "Your consent",
  mineLead: "What you signed, what stands, and who looked at it.",
  signed: "What you signed",
  paperScan: "The paper that you signed (scan)",
  stands: "What stands now",
  given: "Yes",
  notGiven: "No",
  withdraw: "Take back consent",
  withdrawLead: "You may do this at any time, without giving a reason. Your care stays the same.",
  withdrawWhat: "What do you take back?",
  withdrawReason: "If you like: why?",
  withdrawNothing: "Choose what you take back.",
  withdrawNext: "Continue",
  withdrawSure: "This is what happens at once",
  withdrawNow: "Take it back now",
  withdrawn: "You took it back. It holds from now on.",
  looked: "Who looked at it",
  lookedLead: "The last 50 times that somebody of the team looked at or changed what is kept about you here.",
  nobodyLooked: "Nobody yet.",
  changedIt: "changed something",
  readIt: "looked at it",
  newVersionWaits: (by) =>
    `A new version waits for you. Please read it by ${by}: your study team will send you a link.`,
  scopes: {
    participation: "Taking part at all",
    intervention: "The treatment of the study",
    "follow-up": "Visits and calls afterwards",
    "new-data": "New data about me",
    samples: "Use of my samples",
    recontact: "Being asked again later",
    sharing: "Sharing my data with others",
    contact: "Messages to me",
  },
  consequences: {
    treatment: "The treatment of the study ends. Your doctor talks with you about what comes after.",
    visits: "There are no more visits or calls for the study.",
    data: "No new data about you are collected.",
    samples: "Your samples are not used any more.",
    later: "Nobody asks you about later studies.",
    exports: "Your data are left out of everything that is given to others from now on.",
    messages: "You get no more messages.",
    links: "Links that were sent to you stop working.",
    kept: "What was collected until today is kept, as the law asks, without your name.",
  },
  mailCode: (code, minutes) => ({
    subject: `${code} is your code`,
    text: `${code}\n\nThis code is valid for ${minutes} minutes. Nobody will ask you for it on the telephone.\nIf you did not ask for it, you need not do anything.`,
  }),
  mailInvite: (url, until) => ({
    subject: "Something to read, and to decide in your own time",
    text: `Your study team has invited you to read some information.\n\n${url}\n\nThe link works until ${until}. It is meant for you alone: please do not pass it on.`,
  }),
  mailCopy: (url) => ({
    subject: "Your copy of what was signed",
    text: `Everybody has signed. Here you find your copy, what stands, and who looked at it:\n\n${url}\n\nThe link is meant for you alone.`,
  }),
  mailAgain: (contact) => ({
    subject: "Some information has changed",
    text: `Information that you agreed to earlier has changed, and you are asked to read the new version. Please look for the link that you were sent, or talk to ${contact}.`,
  }),
  takesPart: "Taking part",
};

const es: Words = {
  gate: "Escriba su código",
  gateLead: "Le invitamos a leer una información y a decidir. Un código asegura que es usted.",
  sendCode: "Enviarme un código",
  codeSent:
    "Hemos enviado un código de seis cifras a la dirección de correo que tiene su equipo del estudio. Puede tardar un minuto.",
  codeTold: "Su equipo del estudio le dice el código: por teléfono, en pantalla o en persona.",
  codeKiosk: "Para el equipo del estudio: escriba su PIN y entregue la tableta.",
  code: "Código",
  codeHint: "Seis cifras",
  enter: "Continuar",
  codeMissing: "Escriba las seis cifras de su código.",
  codeWrong: (left) =>
    left > 0
      ? `Ese no es el código. Puede intentarlo ${left === 1 ? "una vez" : `${left} veces`} más.`
      : "Ese no es el código y ya no puede usarse. Pida uno nuevo.",
  codeOver: "Ahora no hay ningún código válido. Pida uno nuevo.",
  codesEnough: "Hoy se han enviado muchos códigos. Llame a su equipo del estudio o inténtelo mañana.",
  welcome: "Información para usted",
  welcomeLead: "Tómese su tiempo. Nada está decidido hasta que firme.",
  welcomePoints: [
    "Leerá una cosa cada vez; el texto completo está a un toque.",
    "Puede hacer una pregunta al equipo en cada página.",
    "Puede hacer una pausa y seguir más tarde.",
    "Decir que no no le perjudica en nada.",
  ],
  roleLead: {
    participant: "Usted decide por sí mismo.",
    minor: "También hemos preguntado a tus padres. Puedes decir que no.",
    representative: "Usted decide por otra persona: piense en lo que ella querría.",
    witness: "Usted observa que todo se explica y que la decisión es libre.",
  },
  begin: "Empezar",
  changed: "La información ha cambiado",
  changedLead: "Hay una versión nueva. Lo que respondió antes no vale para ella: léala de nuevo, por favor.",
  whatChanged: "Qué es nuevo",
  readAgain: "Leer la versión nueva",
  nothing: "Ahora no hay nada que firmar",
  nothingLead: "En este momento no hay nada que firmar. Su equipo del estudio se pondrá en contacto con usted.",
  step: (at, of) => `Paso ${at} de ${of}`,
  fullText: "Leer el texto completo",
  fullTextOpen: "El texto completo",
  beside: "Escuchar, ver o guardar",
  besideLead: "Lo que puede escuchar, ver o guardar dice lo mismo que el texto. No es necesario abrirlo.",
  open: {
    audio: (title, size) => `Escuchar: ${title} (${size})`,
    video: (title, size) => `Ver: ${title} (${size})`,
    pdf: (title, size) => `Guardar: ${title} (PDF, ${size})`,
  },
  transcript: "Lo que se dice y se ve, en palabras",
  captions: "Subtítulos",
  words: "Palabras explicadas",
  wordsTitle: "Palabras explicadas",
  next: "Continuar",
  back: "Atrás",
  ask: "Primero quiero hacer una pregunta",
  pause: "Hacer una pausa",
  decline: "No quiero firmar",
  quiz: "Una pregunta, para ver si lo hemos explicado bien",
  quizHint: "No es un examen. Puede intentarlo de nuevo.",
  answer: "Responder",
  chooseAnswer: "Elija una de las respuestas.",
  notQuite: "No exactamente.",
  tryAgain: "Inténtelo de nuevo.",
  talk: "Hablemos de ello",
  talkLead: "No lo hemos explicado bien. Su equipo del estudio lo hablará con usted; después podrá seguir aquí.",
  choice: "Puede decir sí o no",
  choiceHint: "Responda lo que responda, puede participar.",
  yes: "Sí",
  no: "No",
  signTitle: "Firmar",
  signing: (number, title) => `Firma la versión ${number} de «${title}».`,
  mayStop: "Puede dejarlo en cualquier momento, sin dar razones.",
  yourChoices: "Lo que ha elegido",
  change: "Cambiar",
  agreements: "Marque cada frase",
  agreeAll: "Marque cada frase para firmar. Si no está de acuerdo con alguna, haga primero una pregunta.",
  name: "Su nombre completo",
  nameHint: "Escribirlo es su firma.",
  nameMissing: "Escriba su nombre y apellido.",
  relation: "Qué es usted del participante",
  relationHint: "Por ejemplo: madre, tutor",
  relationMissing: "Diga qué es usted del participante.",
  draw: "Dibuje su firma, si quiere",
  drawHint: "Con el dedo o el ratón. Su nombre escrito vale lo mismo.",
  drawWrong: "No se pudo leer el dibujo. Bórrelo y dibuje de nuevo, o déjelo vacío.",
  clear: "Borrar el dibujo",
  meaning: {
    participant: "He leído y entendido esta información y acepto participar",
    minor: "Me lo han explicado y quiero participar",
    representative: "Puedo decidir por esta persona y acepto que participe",
    witness: "La información se explicó, pareció entenderse y el consentimiento fue libre",
  },
  sign: "Firmar",
  questionOpen: "Ha hecho una pregunta y quería antes la respuesta. Podrá firmar cuando el equipo haya respondido.",
  askTitle: "Preguntar al equipo",
  askText: "Su pregunta",
  askMissing: "Escriba su pregunta.",
  askHolds: "Quiero la respuesta antes de decidir",
  askSend: "Enviar la pregunta",
  askSent: "Enviada. La respuesta aparecerá aquí.",
  askEnough: "Ya ha hecho muchas preguntas aquí. Hable con su equipo del estudio.",
  asked: "Sus preguntas",
  noAnswerYet: "Aún sin respuesta.",
  callTeam: (contact) => `También puede hablar con: ${contact}.`,
  goOn: "Seguir leyendo",
  pausedTitle: "En pausa",
  pausedLead:
    "Lo que ha leído y respondido se guarda. Abra de nuevo su enlace cuando quiera seguir; necesitará un código nuevo.",
  declineTitle: "¿No quiere firmar?",
  declineLead: "Está bien. No le perjudica en nada. Nadie volverá a preguntarle con este enlace.",
  declineReason: "Si quiere: ¿por qué?",
  declineSend: "No firmo",
  declinedTitle: "Ha decidido no firmar",
  declinedLead: "Gracias por su tiempo. Hemos avisado a su equipo del estudio.",
  doneTitle: "Gracias, ha firmado",
  doneWaits: "Faltan otras firmas. Recibirá una copia cuando todos hayan firmado.",
  doneEffect: "Todos han firmado. Aquí puede guardar su copia; también le enviamos un enlace.",
  copy: "Descargar mi copia (PDF)",
  finish: "He terminado",
  finished: "Ya puede cerrar esta página.",
  finishedKiosk: "Devuelva la tableta al equipo del estudio, por favor.",
  mine: "Su consentimiento",
  mineLead: "Lo que firmó, lo que vale y quién lo ha mirado.",
  signed: "Lo que firmó",
  paperScan: "El papel que firmó (copia escaneada)",
  stands: "Lo que vale ahora",
  given: "Sí",
  notGiven: "No",
  withdraw: "Retirar el consentimiento",
  withdrawLead: "Puede hacerlo en cualquier momento, sin dar razones. Su atención sigue igual.",
  withdrawWhat: "¿Qué retira?",
  withdrawReason: "Si quiere: ¿por qué?",
  withdrawNothing: "Elija lo que retira.",
  withdrawNext: "Continuar",
  withdrawSure: "Esto ocurre de inmediato",
  withdrawNow: "Retirarlo ahora",
  withdrawn: "Lo ha retirado. Vale desde ahora.",
  looked: "Quién lo ha mirado",
  lookedLead: "Las últimas 50 veces que alguien del equipo miró o cambió lo que aquí se guarda sobre usted.",
  nobodyLooked: "Nadie todavía.",
  changedIt: "cambió algo",
  readIt: "lo miró",
  newVersionWaits: (by) =>
    `Le espera una versión nueva. Léala antes del ${by}: su equipo del estudio le enviará un enlace.`,
  scopes: {
    participation: "Participar",
    intervention: "El tratamiento del estudio",
    "follow-up": "Visitas y llamadas posteriores",
    "new-data": "Datos nuevos sobre mí",
    samples: "El uso de mis muestras",
    recontact: "Que me pregunten más adelante",
    sharing: "Compartir mis datos con otros",
    contact: "Mensajes para mí",
  },
  consequences: {
    treatment: "El tratamiento del estudio termina. Su médico hablará con usted de lo que sigue.",
    visits: "No habrá más visitas ni llamadas del estudio.",
    data: "No se recogen datos nuevos sobre usted.",
    samples: "Sus muestras ya no se usan.",
    later: "Nadie le preguntará por estudios posteriores.",
    exports: "Sus datos quedan fuera de todo lo que se entregue a otros desde ahora.",
    messages: "No recibirá más mensajes.",
    links: "Los enlaces que recibió dejan de funcionar.",
    kept: "Lo recogido hasta hoy se guarda, como pide la ley, sin su nombre.",
  },
  mailCode: (code, minutes) => ({
    subject: `${code} es su código`,
    text: `${code}\n\nEste código vale ${minutes} minutos. Nadie se lo pedirá por teléfono.\nSi no lo ha pedido, no tiene que hacer nada.`,
  }),
  mailInvite: (url, until) => ({
    subject: "Algo para leer y decidir con calma",
    text: `Su equipo del estudio le invita a leer una información.\n\n${url}\n\nEl enlace funciona hasta el ${until}. Es solo para usted: no lo comparta.`,
  }),
  mailCopy: (url) => ({
    subject: "Su copia de lo firmado",
    text: `Todos han firmado. Aquí encuentra su copia, lo que vale y quién lo ha mirado:\n\n${url}\n\nEl enlace es solo para usted.`,
  }),
  mailAgain: (contact) => ({
    subject: "Una información ha cambiado",
    text: `Una información que usted aceptó ha cambiado y le pedimos que lea la versión nueva. Busque el enlace que recibió o hable con: ${contact}.`,
  }),
  takesPart: "Participar",
};

const nl: Words = {
  gate: "Vul uw code in",
  gateLead: "U bent uitgenodigd om iets te lezen en daarover te beslissen. Met een code weten we zeker dat u het bent.",
  sendCode: "Stuur mij een code",
  codeSent:
    "We hebben een code van zes cijfers gestuurd naar het e-mailadres dat uw onderzoeksteam van u heeft. Het kan een minuut duren.",
  codeTold: "Uw onderzoeksteam vertelt u de code: aan de telefoon, op het scherm of persoonlijk.",
  codeKiosk: "Voor het onderzoeksteam: vul uw pincode in en geef de tablet over.",
  code: "Code",
  codeHint: "Zes cijfers",
  enter: "Verder",
  codeMissing: "Vul de zes cijfers van uw code in.",
  codeWrong: (left) =>
    left > 0
      ? `Dat is niet de code. U kunt het nog ${left === 1 ? "één keer" : `${left} keer`} proberen.`
      : "Dat is niet de code, en deze kan niet meer gebruikt worden. Vraag een nieuwe.",
  codeOver: "Er is nu geen geldige code. Vraag een nieuwe.",
  codesEnough: "Er zijn vandaag veel codes verstuurd. Bel uw onderzoeksteam of probeer het morgen.",
  welcome: "Informatie voor u",
  welcomeLead: "Neem rustig de tijd. Er is niets besloten totdat u tekent.",
  welcomePoints: [
    "U leest één ding tegelijk; de volledige tekst is één tik verder.",
    "Op elke pagina kunt u het team een vraag stellen.",
    "U kunt pauzeren en later verdergaan.",
    "Nee zeggen heeft voor u geen nadelen.",
  ],
  roleLead: {
    participant: "U beslist zelf.",
    minor: "Je ouders zijn ook gevraagd. Je mag nee zeggen.",
    representative: "U beslist voor iemand anders: denk aan wat hij of zij zou willen.",
    witness: "U ziet erop toe dat alles wordt uitgelegd en dat de beslissing vrij is.",
  },
  begin: "Beginnen",
  changed: "De informatie is veranderd",
  changedLead: "Er is een nieuwe versie. Wat u eerder hebt geantwoord telt daarvoor niet: lees haar opnieuw.",
  whatChanged: "Wat er nieuw is",
  readAgain: "De nieuwe versie lezen",
  nothing: "Er is nu niets te tekenen",
  nothingLead: "Er is op dit moment niets te tekenen. Uw onderzoeksteam neemt contact met u op.",
  step: (at, of) => `Stap ${at} van ${of}`,
  fullText: "De volledige tekst lezen",
  fullTextOpen: "De volledige tekst",
  beside: "Luisteren, kijken of bewaren",
  besideLead: "Wat u kunt horen, zien of bewaren zegt hetzelfde als de tekst. U hoeft het niet te openen.",
  open: {
    audio: (title, size) => `Luisteren: ${title} (${size})`,
    video: (title, size) => `Kijken: ${title} (${size})`,
    pdf: (title, size) => `Bewaren: ${title} (pdf, ${size})`,
  },
  transcript: "Wat er gezegd en getoond wordt, in woorden",
  captions: "Ondertiteling",
  words: "Woorden uitgelegd",
  wordsTitle: "Woorden uitgelegd",
  next: "Verder",
  back: "Terug",
  ask: "Ik wil eerst een vraag stellen",
  pause: "Pauzeren en later verdergaan",
  decline: "Ik wil niet tekenen",
  quiz: "Een vraag, om te zien of we het goed hebben uitgelegd",
  quizHint: "Dit is geen examen. U mag het opnieuw proberen.",
  answer: "Antwoorden",
  chooseAnswer: "Kies een van de antwoorden.",
  notQuite: "Niet helemaal.",
  tryAgain: "Probeer het nog eens.",
  talk: "Laten we erover praten",
  talkLead:
    "We hebben dit niet goed genoeg uitgelegd. Uw onderzoeksteam bespreekt het met u; daarna kunt u hier verder.",
  choice: "U mag ja of nee zeggen",
  choiceHint: "Wat u ook antwoordt, u kunt meedoen.",
  yes: "Ja",
  no: "Nee",
  signTitle: "Tekenen",
  signing: (number, title) => `U tekent versie ${number} van “${title}”.`,
  mayStop: "U kunt op elk moment stoppen, zonder reden.",
  yourChoices: "Wat u hebt gekozen",
  change: "Veranderen",
  agreements: "Vink elke zin aan",
  agreeAll: "Vink elke zin aan om te tekenen. Bent u het met een zin niet eens, stel dan eerst een vraag.",
  name: "Uw volledige naam",
  nameHint: "Door hem te typen tekent u.",
  nameMissing: "Typ uw voornaam en achternaam.",
  relation: "Wat u van de deelnemer bent",
  relationHint: "Bijvoorbeeld: moeder, voogd",
  relationMissing: "Zeg wat u van de deelnemer bent.",
  draw: "Teken uw handtekening, als u wilt",
  drawHint: "Met een vinger of de muis. Uw getypte naam telt evenveel.",
  drawWrong: "De tekening kon niet gelezen worden. Wis haar en teken opnieuw, of laat haar leeg.",
  clear: "De tekening wissen",
  meaning: {
    participant: "Ik heb deze informatie gelezen en begrepen en wil meedoen",
    minor: "Dit is mij uitgelegd en ik wil meedoen",
    representative: "Ik mag voor deze persoon beslissen en stem ermee in dat hij of zij meedoet",
    witness: "De informatie is uitgelegd, leek begrepen, en de toestemming werd vrij gegeven",
  },
  sign: "Tekenen",
  questionOpen: "U hebt een vraag gesteld en wilde eerst het antwoord. U kunt tekenen zodra het team heeft geantwoord.",
  askTitle: "Vraag het team",
  askText: "Uw vraag",
  askMissing: "Schrijf uw vraag.",
  askHolds: "Ik wil het antwoord voordat ik beslis",
  askSend: "De vraag versturen",
  askSent: "Verstuurd. Het antwoord komt hier te staan.",
  askEnough: "U hebt hier al veel vragen gesteld. Praat met uw onderzoeksteam.",
  asked: "Uw vragen",
  noAnswerYet: "Nog geen antwoord.",
  callTeam: (contact) => `U kunt ook praten met: ${contact}.`,
  goOn: "Verder lezen",
  pausedTitle: "Gepauzeerd",
  pausedLead:
    "Wat u hebt gelezen en geantwoord is bewaard. Open uw link opnieuw als u verder wilt; u hebt dan een nieuwe code nodig.",
  declineTitle: "Wilt u niet tekenen?",
  declineLead: "Dat is goed. Het heeft voor u geen nadelen. Via deze link wordt u niet opnieuw gevraagd.",
  declineReason: "Als u wilt: waarom?",
  declineSend: "Ik teken niet",
  declinedTitle: "U hebt besloten niet te tekenen",
  declinedLead: "Dank u voor uw tijd. Uw onderzoeksteam is ingelicht.",
  doneTitle: "Dank u, u hebt getekend",
  doneWaits: "Anderen moeten nog tekenen. U krijgt een kopie als iedereen heeft getekend.",
  doneEffect: "Iedereen heeft getekend. Hier kunt u uw kopie bewaren; we sturen u ook een link.",
  copy: "Mijn kopie downloaden (PDF)",
  finish: "Ik ben klaar",
  finished: "U kunt deze pagina nu sluiten.",
  finishedKiosk: "Geef de tablet terug aan het onderzoeksteam.",
  mine: "Uw toestemming",
  mineLead: "Wat u hebt getekend, wat geldt, en wie ernaar heeft gekeken.",
  signed: "Wat u hebt getekend",
  paperScan: "Het papier dat u ondertekende (scan)",
  stands: "Wat nu geldt",
  given: "Ja",
  notGiven: "Nee",
  withdraw: "Toestemming intrekken",
  withdrawLead: "U mag dat op elk moment doen, zonder reden. Uw zorg blijft hetzelfde.",
  withdrawWhat: "Wat trekt u in?",
  withdrawReason: "Als u wilt: waarom?",
  withdrawNothing: "Kies wat u intrekt.",
  withdrawNext: "Verder",
  withdrawSure: "Dit gebeurt meteen",
  withdrawNow: "Nu intrekken",
  withdrawn: "U hebt het ingetrokken. Het geldt vanaf nu.",
  looked: "Wie ernaar heeft gekeken",
  lookedLead: "De laatste 50 keer dat iemand van het team bekeek of veranderde wat hier over u wordt bewaard.",
  nobodyLooked: "Nog niemand.",
  changedIt: "veranderde iets",
  readIt: "keek ernaar",
  newVersionWaits: (by) => `Er wacht een nieuwe versie. Lees haar vóór ${by}: uw onderzoeksteam stuurt u een link.`,
  scopes: {
    participation: "Meedoen",
    intervention: "De behandeling in het onderzoek",
    "follow-up": "Bezoeken en telefoontjes daarna",
    "new-data": "Nieuwe gegevens over mij",
    samples: "Het gebruik van mijn lichaamsmateriaal",
    recontact: "Later opnieuw gevraagd worden",
    sharing: "Mijn gegevens delen met anderen",
    contact: "Berichten aan mij",
  },
  consequences: {
    treatment: "De behandeling in het onderzoek stopt. Uw arts bespreekt met u wat daarna komt.",
    visits: "Er zijn geen bezoeken of telefoontjes meer voor het onderzoek.",
    data: "Er worden geen nieuwe gegevens over u verzameld.",
    samples: "Uw lichaamsmateriaal wordt niet meer gebruikt.",
    later: "Niemand vraagt u nog voor latere onderzoeken.",
    exports: "Uw gegevens blijven buiten alles wat vanaf nu aan anderen wordt gegeven.",
    messages: "U krijgt geen berichten meer.",
    links: "Links die u hebt gekregen werken niet meer.",
    kept: "Wat tot vandaag is verzameld wordt bewaard, zoals de wet vraagt, zonder uw naam.",
  },
  mailCode: (code, minutes) => ({
    subject: `${code} is uw code`,
    text: `${code}\n\nDeze code is ${minutes} minuten geldig. Niemand zal u er aan de telefoon om vragen.\nHebt u er niet om gevraagd, dan hoeft u niets te doen.`,
  }),
  mailInvite: (url, until) => ({
    subject: "Iets om te lezen en rustig over te beslissen",
    text: `Uw onderzoeksteam nodigt u uit om informatie te lezen.\n\n${url}\n\nDe link werkt tot ${until}. Hij is alleen voor u: geef hem niet door.`,
  }),
  mailCopy: (url) => ({
    subject: "Uw kopie van wat is getekend",
    text: `Iedereen heeft getekend. Hier vindt u uw kopie, wat geldt, en wie ernaar heeft gekeken:\n\n${url}\n\nDe link is alleen voor u.`,
  }),
  mailAgain: (contact) => ({
    subject: "Informatie is veranderd",
    text: `Informatie waarmee u eerder akkoord ging is veranderd, en u wordt gevraagd de nieuwe versie te lezen. Zoek de link die u hebt gekregen, of praat met: ${contact}.`,
  }),
  takesPart: "Meedoen",
};

export const wordsIn: Readonly<Record<Language, Words>> = { en, es, nl };
