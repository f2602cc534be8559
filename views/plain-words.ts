/** What a plain page says by itself, in the languages of people who are not staff. */
export const plainWords = {
  en: {
    skip: "Skip to content",
    notSaved: "Not saved",
    problem: "There is a problem",
    problems: (count: number) => `There are ${count} problems`,
    error: "Error",
    optional: "optional",
  },
  es: {
    skip: "Ir al contenido",
    notSaved: "No se ha guardado",
    problem: "Hay un problema",
    problems: (count: number) => `Hay ${count} problemas`,
    error: "Error",
    optional: "opcional",
  },
  nl: {
    skip: "Naar de inhoud",
    notSaved: "Niet opgeslagen",
    problem: "Er is een probleem",
    problems: (count: number) => `Er zijn ${count} problemen`,
    error: "Fout",
    optional: "niet verplicht",
  },
} as const;
export type PlainLanguage = keyof typeof plainWords;
