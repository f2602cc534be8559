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
