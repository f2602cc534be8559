/** What the participant's pages and messages say, in the languages they speak. Nothing here names a study or an illness. */
import type { PlainLanguage } from "@views/plain-words.ts";
import type { Wrong } from "./capture/attachment.ts";

export interface SurveyWords {
  readonly language: string;
  readonly listTitle: string;
  readonly listLead: string;
  readonly nothing: string;
  readonly until: (day: string) => string;
  readonly begin: string;
  readonly goOn: string;
  readonly isBegun: string;
  readonly code: string;
  readonly codeHint: string;
  readonly codeWrong: string;
  readonly codeShut: (minutes: number) => string;
  readonly newCode: string;
  readonly codeSent: string;
  readonly codeNotSent: string;
  readonly yourCode: string;
  readonly yourCodeLead: string;
  readonly saved: string;
  readonly later: string;
  readonly laterTitle: string;
  readonly laterLead: string;
  readonly send: string;
  readonly sendNote: string;
  readonly doneTitle: string;
  readonly doneLead: string;
  readonly closed: string;
  readonly stopped: string;
  readonly help: (whom: string) => string;
  readonly optOut: string;
  readonly optOutLead: string;
  readonly optOutSure: string;
  readonly optedOut: string;
  readonly back: string;
  readonly needed: string;
  readonly unreadable: string;
  readonly pleaseCheck: string;
  readonly isRight: string;
  readonly mailSubject: string;
  readonly mail: (until: string, address: string) => string;
  readonly text: (house: string, until: string, address: string) => string;
  /** The one answer to STOP, and to whatever else is written to the number. */
  readonly textsStopped: (house: string, help: string) => string;
  readonly textsUnread: (house: string, help: string) => string;
  readonly codeSubject: string;
  readonly codeMail: (code: string) => string;
  readonly field: FieldWords;
}
/** The words that controls of a form say by themselves. */
export interface FieldWords {
  readonly yes: string;
  readonly no: string;
  readonly none: string;
  readonly choose: string;
  readonly unit: string;
  readonly computed: string;
  readonly noResult: string;
  readonly noAnswer: string;
  readonly whyNone: string;
  readonly flavours: Readonly<Record<"not-done" | "unknown" | "not-applicable", string>>;
  readonly partial: string;
  readonly file: FileWords;
}
/** Of fields that hold a file or a signature. */
export interface FileWords {
  readonly none: string;
  readonly add: string;
  readonly replace: string;
  readonly sign: string;
  readonly signAgain: string;
  readonly choose: string;
  readonly hint: string;
  readonly draw: string;
  readonly drawHint: string;
  readonly clear: string;
  readonly typed: string;
  readonly typedHint: string;
  readonly keep: string;
  readonly takeAway: string;
  readonly back: string;
  readonly now: string;
  readonly wrong: Readonly<Record<Wrong, string>>;
  readonly unsigned: string;
}

export const surveyLanguages: Readonly<Record<PlainLanguage, string>> = {
  en: "English",
  es: "Español",
  nl: "Nederlands",
};

export const surveyWordsIn: Readonly<Record<PlainLanguage, SurveyWords>> = {
  en: {
    language: "Language",
    listTitle: "Your questionnaires",
    listLead: "Answer when it suits you. You can stop and go on later.",
    nothing: "Nothing waits for you now.",
    until: (day) => `Open until ${day}`,
    begin: "Begin",
    goOn: "Go on",
    isBegun: "You have begun this one. Enter your code to see your answers and go on.",
    code: "Your code",
    codeHint: "Eight letters and digits, such as ABCD-2345",
    codeWrong: "That is not the code. Look again: it has eight letters and digits.",
    codeShut: (minutes) => `There were too many wrong codes. Try again in ${minutes} minutes.`,
    newCode: "Send me my code",
    codeSent: "Your code is on its way to the address or number we have of you.",
    codeNotSent: "Your code cannot be sent again now. Ask the study team.",
    yourCode: "Your code to go on later",
    yourCodeLead: "Write it down: with it you can go on later, also on another device.",
    saved: "Saved.",
    later: "Save and go on later",
    laterTitle: "Saved",
    laterLead: "Open the link in your message again and enter this code to go on.",
    send: "Send my answers",
    sendNote: "After that they can no longer be changed here.",
    doneTitle: "Thank you",
    doneLead: "Your answers have been received. You can close this page.",
    closed: "This questionnaire is no longer open. Nothing you entered is lost.",
    stopped: "No questionnaire is open for you at the moment.",
    help: (whom) => `Questions? Ask ${whom}.`,
    optOut: "Do not send me questionnaires any more",
    optOutLead:
      "You will get no more messages about questionnaires. You stay in the study, and your care does not change.",
    optOutSure: "Send me no more",
    optedOut: "You will get no more messages about questionnaires.",
    back: "Back",
    needed: "Please answer this question.",
    unreadable: "This answer cannot be read. Look at the example.",
    pleaseCheck: "Please check this answer.",
    isRight: "It is right like this: send again to confirm.",
    mailSubject: "A questionnaire is waiting for you",
    mail: (until, address) =>
      `Hello,\n\na questionnaire is waiting for you, until ${until}. It opens by this link, which is yours alone:\n\n${address}\n\nPlease do not pass the link on.\n`,
    text: (house, until, address) => `${house}: a questionnaire is waiting for you, until ${until}. ${address}`,
    textsStopped: (house, help) =>
      `${house}: you will get no more texts about questionnaires. Reply START to get them again. ${help}`.trim(),
    textsUnread: (house, help) =>
      `${house}: this number only sends links to questionnaires and nobody reads what is sent to it. In an emergency call your local emergency number. Reply STOP for no more texts. ${help}`.trim(),
    codeSubject: "Your code",
    codeMail: (code) =>
      `Hello,\n\nyour code to go on with the questionnaire: ${code}\n\nWe never ask for it by telephone.\n`,
    field: {
      yes: "Yes",
      no: "No",
      none: "No answer",
      choose: "Choose",
      unit: "Unit",
      computed: "Computed from your answers.",
      noResult: "no result yet",
      noAnswer: "No answer?",
      whyNone: "Why there is no answer",
      flavours: { "not-done": "Not done", unknown: "I do not know", "not-applicable": "Does not apply to me" },
      partial: "2026-03-15; 2026-03 or 2026 when parts are unknown",
      file: {
        none: "Nothing yet.",
        add: "Add a file",
        replace: "Replace it",
        sign: "Sign here",
        signAgain: "Sign again",
        choose: "File",
        hint: "A photo, a PDF or a text, up to 10 MB. Cover names and numbers that nobody needs to see.",
        draw: "Draw your signature",
        drawHint: "With a finger, a pen or the mouse.",
        clear: "Clear the drawing",
        typed: "Or type your name",
        typedHint: "Typing your name is worth the same as drawing it.",
        keep: "Keep it",
        takeAway: "Take it away",
        back: "Back to the form",
        now: "What is there now",
        wrong: {
          nothing: "Choose a file, or go back.",
          "too large": "This file is larger than 10 MB. Make it smaller, or photograph it again.",
          "wrong kind": "This is no photo, PDF, DICOM image or plain text, whatever it is called. Choose another file.",
          "not drawn": "The drawing could not be read. Clear it and draw again, or type the name.",
        },
        unsigned: "Draw or type a name, or go back.",
      },
    },
  },
  es: {
    language: "Idioma",
    listTitle: "Sus cuestionarios",
    listLead: "Responda cuando le venga bien. Puede parar y seguir más tarde.",
    nothing: "Ahora no hay nada pendiente.",
    until: (day) => `Abierto hasta el ${day}`,
    begin: "Empezar",
    goOn: "Seguir",
    isBegun: "Ya ha empezado este cuestionario. Escriba su código para ver sus respuestas y seguir.",
    code: "Su código",
    codeHint: "Ocho letras y cifras, por ejemplo ABCD-2345",
    codeWrong: "Ese no es el código. Compruébelo: tiene ocho letras y cifras.",
    codeShut: (minutes) => `Ha habido demasiados códigos equivocados. Inténtelo de nuevo en ${minutes} minutos.`,
    newCode: "Enviarme mi código",
    codeSent: "Su código va de camino a la dirección o al número que tenemos de usted.",
    codeNotSent: "Ahora no se puede volver a enviar su código. Pregunte al equipo del estudio.",
    yourCode: "Su código para seguir más tarde",
    yourCodeLead: "Anótelo: con él puede seguir más tarde, también en otro dispositivo.",
    saved: "Guardado.",
    later: "Guardar y seguir más tarde",
    laterTitle: "Guardado",
    laterLead: "Abra de nuevo el enlace de su mensaje y escriba este código para seguir.",
    send: "Enviar mis respuestas",
    sendNote: "Después ya no se pueden cambiar aquí.",
    doneTitle: "Gracias",
    doneLead: "Hemos recibido sus respuestas. Puede cerrar esta página.",
    closed: "Este cuestionario ya no está abierto. No se ha perdido nada de lo que escribió.",
    stopped: "En este momento no hay ningún cuestionario abierto para usted.",
    help: (whom) => `¿Preguntas? Diríjase a ${whom}.`,
    optOut: "No quiero recibir más cuestionarios",
    optOutLead: "No recibirá más mensajes sobre cuestionarios. Sigue en el estudio y su atención no cambia.",
    optOutSure: "No me envíen más",
    optedOut: "No recibirá más mensajes sobre cuestionarios.",
    back: "Volver",
    needed: "Responda a esta pregunta, por favor.",
    unreadable: "Esta respuesta no se puede leer. Mire el ejemplo.",
    pleaseCheck: "Compruebe esta respuesta, por favor.",
    isRight: "Es correcta así: envíe de nuevo para confirmarla.",
    mailSubject: "Le espera un cuestionario",
    mail: (until, address) =>
      `Hola:\n\nle espera un cuestionario, hasta el ${until}. Se abre con este enlace, que es solo suyo:\n\n${address}\n\nPor favor, no lo comparta.\n`,
    text: (house, until, address) => `${house}: le espera un cuestionario, hasta el ${until}. ${address}`,
    textsStopped: (house, help) =>
      `${house}: no recibirá más mensajes sobre cuestionarios. Responda START para volver a recibirlos. ${help}`.trim(),
    textsUnread: (house, help) =>
      `${house}: este número solo envía enlaces a cuestionarios y nadie lee lo que se le escribe. En una emergencia llame al número de emergencias. Responda STOP para no recibir más. ${help}`.trim(),
    codeSubject: "Su código",
    codeMail: (code) =>
      `Hola:\n\nsu código para seguir con el cuestionario: ${code}\n\nNunca se lo pediremos por teléfono.\n`,
    field: {
      yes: "Sí",
      no: "No",
      none: "Sin respuesta",
      choose: "Elija",
      unit: "Unidad",
      computed: "Se calcula con sus respuestas.",
      noResult: "todavía sin resultado",
      noAnswer: "¿Sin respuesta?",
      whyNone: "Por qué no hay respuesta",
      flavours: { "not-done": "No se hizo", unknown: "No lo sé", "not-applicable": "No se aplica a mí" },
      partial: "2026-03-15; o 2026-03 o 2026 si no lo sabe con exactitud",
      file: {
        none: "Todavía nada.",
        add: "Añadir un archivo",
        replace: "Cambiarlo",
        sign: "Firmar aquí",
        signAgain: "Firmar de nuevo",
        choose: "Archivo",
        hint: "Una foto, un PDF o un texto, hasta 10 MB. Tape los nombres y números que nadie necesita ver.",
        draw: "Dibuje su firma",
        drawHint: "Con el dedo, un lápiz o el ratón.",
        clear: "Borrar el dibujo",
        typed: "O escriba su nombre",
        typedHint: "Escribir su nombre vale lo mismo que dibujarlo.",
        keep: "Guardar",
        takeAway: "Quitarlo",
        back: "Volver al formulario",
        now: "Lo que hay ahora",
        wrong: {
          nothing: "Elija un archivo o vuelva atrás.",
          "too large": "Este archivo pesa más de 10 MB. Hágalo más pequeño o haga otra foto.",
          "wrong kind":
            "No es una foto, un PDF, una imagen DICOM ni un texto, se llame como se llame. Elija otro archivo.",
          "not drawn": "No se ha podido leer el dibujo. Bórrelo y dibuje otra vez, o escriba el nombre.",
        },
        unsigned: "Dibuje o escriba un nombre, o vuelva atrás.",
      },
    },
  },
  nl: {
    language: "Taal",
    listTitle: "Uw vragenlijsten",
    listLead: "Vul in wanneer het u uitkomt. U kunt stoppen en later verdergaan.",
    nothing: "Er staat nu niets voor u klaar.",
    until: (day) => `Open tot en met ${day}`,
    begin: "Beginnen",
    goOn: "Verdergaan",
    isBegun: "U bent met deze vragenlijst begonnen. Vul uw code in om uw antwoorden te zien en verder te gaan.",
    code: "Uw code",
    codeHint: "Acht letters en cijfers, zoals ABCD-2345",
    codeWrong: "Dat is niet de code. Kijk nog eens: het zijn acht letters en cijfers.",
    codeShut: (minutes) => `Er waren te veel verkeerde codes. Probeer het over ${minutes} minuten opnieuw.`,
    newCode: "Stuur mij mijn code",
    codeSent: "Uw code is onderweg naar het adres of nummer dat wij van u hebben.",
    codeNotSent: "Uw code kan nu niet opnieuw worden gestuurd. Vraag het aan het onderzoeksteam.",
    yourCode: "Uw code om later verder te gaan",
    yourCodeLead: "Schrijf hem op: hiermee kunt u later verdergaan, ook op een ander apparaat.",
    saved: "Opgeslagen.",
    later: "Opslaan en later verdergaan",
    laterTitle: "Opgeslagen",
    laterLead: "Open de link in uw bericht opnieuw en vul deze code in om verder te gaan.",
    send: "Mijn antwoorden versturen",
    sendNote: "Daarna kunt u ze hier niet meer wijzigen.",
    doneTitle: "Dank u wel",
    doneLead: "Uw antwoorden zijn ontvangen. U kunt deze pagina sluiten.",
    closed: "Deze vragenlijst is niet meer open. Wat u invulde is niet verloren.",
    stopped: "Er staat op dit moment geen vragenlijst voor u open.",
    help: (whom) => `Vragen? Neem contact op met ${whom}.`,
    optOut: "Stuur mij geen vragenlijsten meer",
    optOutLead: "U krijgt geen berichten over vragenlijsten meer. U blijft in het onderzoek en uw zorg verandert niet.",
    optOutSure: "Stuur mij niets meer",
    optedOut: "U krijgt geen berichten over vragenlijsten meer.",
    back: "Terug",
    needed: "Beantwoord deze vraag alstublieft.",
    unreadable: "Dit antwoord is niet te lezen. Kijk naar het voorbeeld.",
    pleaseCheck: "Controleer dit antwoord alstublieft.",
    isRight: "Het klopt zo: verstuur nogmaals om te bevestigen.",
    mailSubject: "Er staat een vragenlijst voor u klaar",
    mail: (until, address) =>
      `Hallo,\n\ner staat een vragenlijst voor u klaar, tot en met ${until}. U opent hem met deze link, die alleen van u is:\n\n${address}\n\nGeef de link niet door.\n`,
    text: (house, until, address) => `${house}: er staat een vragenlijst voor u klaar, tot en met ${until}. ${address}`,
    textsStopped: (house, help) =>
      `${house}: u krijgt geen berichten over vragenlijsten meer. Antwoord START om ze weer te krijgen. ${help}`.trim(),
    textsUnread: (house, help) =>
      `${house}: dit nummer stuurt alleen links naar vragenlijsten en niemand leest wat u terugstuurt. Bel bij nood het alarmnummer. Antwoord STOP voor geen berichten meer. ${help}`.trim(),
    codeSubject: "Uw code",
    codeMail: (code) =>
      `Hallo,\n\nuw code om verder te gaan met de vragenlijst: ${code}\n\nWij vragen er nooit telefonisch om.\n`,
    field: {
      yes: "Ja",
      no: "Nee",
      none: "Geen antwoord",
      choose: "Kies",
      unit: "Eenheid",
      computed: "Berekend uit uw antwoorden.",
      noResult: "nog geen uitkomst",
      noAnswer: "Geen antwoord?",
      whyNone: "Waarom er geen antwoord is",
      flavours: { "not-done": "Niet gedaan", unknown: "Weet ik niet", "not-applicable": "Niet op mij van toepassing" },
      partial: "2026-03-15; of 2026-03 of 2026 als u het niet precies weet",
      file: {
        none: "Nog niets.",
        add: "Een bestand toevoegen",
        replace: "Vervangen",
        sign: "Hier ondertekenen",
        signAgain: "Opnieuw ondertekenen",
        choose: "Bestand",
        hint: "Een foto, een pdf of een tekst, tot 10 MB. Dek namen en nummers af die niemand hoeft te zien.",
        draw: "Teken uw handtekening",
        drawHint: "Met een vinger, een pen of de muis.",
        clear: "De tekening wissen",
        typed: "Of typ uw naam",
        typedHint: "Uw naam typen is evenveel waard als tekenen.",
        keep: "Bewaren",
        takeAway: "Weghalen",
        back: "Terug naar het formulier",
        now: "Wat er nu is",
        wrong: {
          nothing: "Kies een bestand of ga terug.",
          "too large": "Dit bestand is groter dan 10 MB. Maak het kleiner of maak een nieuwe foto.",
          "wrong kind": "Dit is geen foto, pdf, DICOM-beeld of gewone tekst, hoe het ook heet. Kies een ander bestand.",
          "not drawn": "De tekening is niet te lezen. Wis haar en teken opnieuw, of typ de naam.",
        },
        unsigned: "Teken of typ een naam, of ga terug.",
      },
    },
  },
};

export const surveyLanguage = (wanted: string | null | undefined): PlainLanguage =>
  wanted === "es" || wanted === "nl" ? wanted : "en";
