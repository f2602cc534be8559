/** What a plain page says by itself, in the languages of people who are not staff. */
export const plainWords = {
  en: {
    skip: "Skip to content",
    notSaved: "Not saved",
    problem: "There is a problem",
    problems: (count: number) => `There are ${count} problems`,
    error: "Error",
    optional: "optional",
    gone: "This link leads nowhere any more",
    goneLead: "It was used up, replaced by a newer one, or its time is over. Ask the team that sent it for a new one.",
    busy: "Too many at once",
    busyLead: "Wait a minute, then open the link again.",
    notYet: "Not sent yet",
    kept: "Nothing you entered is lost: it is kept on this page. Send it once more.",
    keptByItself:
      "Nothing you entered is lost: it is kept on this page and is sent again by itself in a few seconds. If that does not happen, press the button.",
    withheld: "A password, a PIN or a code is not kept: you are asked for it again.",
    chooseAgain: (filename: string) => `Choose ${filename} once more`,
    again: "Send again",
  },
  es: {
    skip: "Ir al contenido",
    notSaved: "No se ha guardado",
    problem: "Hay un problema",
    problems: (count: number) => `Hay ${count} problemas`,
    error: "Error",
    optional: "opcional",
    gone: "Este enlace ya no lleva a ningún sitio",
    goneLead: "Ya se usó, fue sustituido por otro o ha caducado. Pida uno nuevo al equipo que se lo envió.",
    busy: "Demasiados a la vez",
    busyLead: "Espere un minuto y abra el enlace otra vez.",
    notYet: "Aún no se ha enviado",
    kept: "No se ha perdido nada de lo que escribió: se conserva en esta página. Envíelo otra vez.",
    keptByItself:
      "No se ha perdido nada de lo que escribió: se conserva en esta página y se enviará de nuevo por sí solo en unos segundos. Si no ocurre, pulse el botón.",
    withheld: "Las contraseñas, los PIN y los códigos no se conservan: se le pedirán otra vez.",
    chooseAgain: (filename: string) => `Elija otra vez ${filename}`,
    again: "Enviar otra vez",
  },
  nl: {
    skip: "Naar de inhoud",
    notSaved: "Niet opgeslagen",
    problem: "Er is een probleem",
    problems: (count: number) => `Er zijn ${count} problemen`,
    error: "Fout",
    optional: "niet verplicht",
    gone: "Deze link werkt niet meer",
    goneLead: "Hij is gebruikt, vervangen door een nieuwere of verlopen. Vraag het team dat hem stuurde om een nieuwe.",
    busy: "Te veel tegelijk",
    busyLead: "Wacht een minuut en open de link opnieuw.",
    notYet: "Nog niet verzonden",
    kept: "Niets van wat u hebt ingevuld is verloren: het staat nog op deze pagina. Verzend het nog een keer.",
    keptByItself:
      "Niets van wat u hebt ingevuld is verloren: het staat nog op deze pagina en wordt over enkele seconden vanzelf opnieuw verzonden. Gebeurt dat niet, druk dan op de knop.",
    withheld: "Een wachtwoord, pincode of code wordt niet bewaard: u geeft die nog een keer.",
    chooseAgain: (filename: string) => `Kies ${filename} opnieuw`,
    again: "Opnieuw verzenden",
  },
} as const;
export type PlainLanguage = keyof typeof plainWords;

/** The first language that a browser asks for and this house speaks; English when it speaks none of them. */
export function plainLanguageOf(accepts: string | null): PlainLanguage {
  const wanted = (accepts ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...rest] = part.trim().toLowerCase().split(";");
      const weight = Number(/q=([\d.]+)/.exec(rest.join(";"))?.[1] ?? 1);
      return { tag: tag.split("-")[0] ?? "", weight };
    })
    .sort((a, b) => b.weight - a.weight);
  return (wanted.find(({ tag, weight }) => weight > 0 && Object.hasOwn(plainWords, tag))?.tag as PlainLanguage) ?? "en";
}
