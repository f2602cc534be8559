/** Journeys that Cairn brings, as proposals: a clinician of the service reads and approves each before anybody walks it. */
import type { Journey } from "./journey.ts";

export const journeysBrought: readonly Journey[] = [
  {
    id: "first-two-weeks",
    version: 1,
    title: { en: "The first two weeks", es: "Las primeras dos semanas" },
    steps: [
      {
        id: "hello",
        kind: "lesson",
        afterDays: 0,
        at: "10:00",
        text: {
          en: "Welcome! Over two weeks you get a short text now and then. Write back any time. A coach reads along.",
          es: "¡Bienvenido! En dos semanas le llegan mensajes cortos. Escriba cuando quiera. Un coach lee con usted.",
        },
      },
      {
        id: "morning-reading",
        kind: "check-in",
        expects: "reading",
        afterDays: 1,
        at: "08:30",
        text: {
          en: "Good morning. What is your sugar today, before you eat?",
          es: "Buenos días. ¿Cuánto tiene de azúcar hoy, antes de comer?",
        },
      },
      {
        id: "walk",
        kind: "lesson",
        afterDays: 2,
        at: "16:00",
        text: {
          en: "A walk of 10 minutes after a meal can help your sugar. Which meal would be a good one for you?",
          es: "Caminar 10 minutos después de comer puede ayudar. ¿Después de qué comida le queda bien?",
        },
      },
      {
        id: "low-quiz",
        kind: "quiz",
        afterDays: 2,
        at: "12:00",
        text: {
          en: "Quick quiz: your meter shows 65. What first? A) Wait an hour B) 15 g of fast sugar C) Go for a walk",
          es: "Pregunta: su medidor marca 65. ¿Qué hace primero? A) Esperar B) 15 g de azúcar C) Caminar",
        },
        choices: [
          {
            key: "A",
            text: { en: "Wait an hour", es: "Esperar" },
            right: false,
            answer: {
              en: "Better not to wait: take 15 g of fast sugar, and check again in 15 minutes.",
              es: "Mejor no esperar: tome 15 g de azúcar y mida otra vez en 15 minutos.",
            },
          },
          {
            key: "B",
            text: { en: "15 g of fast sugar", es: "15 g de azúcar" },
            right: true,
            answer: { en: "Yes! And check again in 15 minutes.", es: "¡Sí! Y mida otra vez en 15 minutos." },
          },
          {
            key: "C",
            text: { en: "Go for a walk", es: "Caminar" },
            right: false,
            answer: {
              en: "A walk would lower it more. First 15 g of fast sugar, then check again in 15 minutes.",
              es: "Caminar la baja más. Primero 15 g de azúcar, y mida otra vez en 15 minutos.",
            },
          },
        ],
      },
      {
        id: "minutes",
        kind: "check-in",
        expects: "number",
        afterDays: 2,
        at: "18:00",
        text: {
          en: "How many minutes did you walk today? Any number counts.",
          es: "¿Cuántos minutos caminó hoy? Cualquier número cuenta.",
        },
      },
      {
        id: "water",
        kind: "lesson",
        afterDays: 3,
        at: "11:00",
        text: {
          en: "Water instead of one sweet drink a day is a big step. What do you drink most days?",
          es: "Agua en vez de una bebida dulce al día es un gran paso. ¿Qué toma casi siempre?",
        },
      },
      {
        id: "how-was-it",
        kind: "check-in",
        expects: "words",
        afterDays: 3,
        at: "10:00",
        text: {
          en: "Two weeks are over. What went well, and what was hard?",
          es: "Pasaron dos semanas. ¿Qué le fue bien y qué fue difícil?",
        },
      },
    ],
  },
];
