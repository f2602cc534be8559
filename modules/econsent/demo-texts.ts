/** An invented study in three languages, for the demonstration. */
import type { Language } from "./document.ts";

export interface DemoText {
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly summary: string; readonly full: string }[];
  readonly question: {
    readonly ask: string;
    readonly options: string;
    readonly right: string;
    readonly explain: string;
  };
  readonly agreements: string;
  readonly samples: string;
  readonly recontact: string;
  readonly sharing: string;
  readonly glossary: string;
  /** The second section in the second version, and what changed. */
  readonly second: { readonly summary: string; readonly full: string };
  readonly changes: string;
  /** Beside the second section, and beside the whole. */
  readonly recording: { readonly title: string; readonly transcript: string };
  readonly paper: { readonly title: string; readonly lines: readonly string[] };
  readonly children: { readonly sections: string; readonly questions: string; readonly agreements: string };
}

export const demoTexts: Readonly<Record<Language, DemoText>> = {
  en: {
    title: "Information about the AURORA study",
    sections: [
      {
        title: "Why this study?",
        summary:
          "Many people take a medicine for high blood pressure in the morning. We want to know whether the evening is better. For that we need people like you.",
        full: "The medicine is well known and has been used for twenty years. What nobody has shown is the best time of day for it.\n\nHalf of the participants take it in the morning, half in the evening. A computer decides by chance who is in which half.",
      },
      {
        title: "What will happen to me?",
        summary:
          "You come three times in six months. At each visit we measure your blood pressure and take a little blood.",
        full: "Each visit takes about an hour.\n\n- We ask how you are\n- We measure your blood pressure three times\n- We take 10 ml of blood, two teaspoons\n\nBetween the visits you measure your blood pressure at home once a week.",
      },
      {
        title: "What are the risks?",
        summary:
          "The medicine is the one that you take already. Taking blood can leave a bruise. Nothing else is expected.",
        full: "Some people feel dizzy when they get up at night. Call the team when that happens.\n\nIf the study does you harm, the insurance of the hospital pays for it.",
      },
      {
        title: "What happens with my data and samples?",
        summary: "Your data carry a code instead of your name. Only your own team knows who you are.",
        full: "The code and your name are kept apart, under keys of their own. Data are kept for fifteen years, as the law asks.",
      },
      {
        title: "May I stop?",
        summary: "Yes, at any time and without giving a reason. Your care stays the same.",
        full: "Tell the team, or take back your consent on your own page. What was collected until then is kept without your name.",
      },
    ],
    question: {
      ask: "May you stop taking part when you want?",
      options: "Only after the last visit\nYes, at any time\nOnly if a doctor agrees",
      right: "2",
      explain: "You may stop at any time, without giving a reason. It changes nothing about your care.",
    },
    agreements: "I have read this information and could ask questions\nI agree to take part in the AURORA study",
    samples: "What is left of my blood samples may be kept for later research on blood pressure",
    recontact: "You may ask me later about other studies",
    sharing: "My coded data may be given to other researchers",
    glossary: "blood pressure: how hard the blood presses against the vessels\nby chance: as if a coin were tossed",
    second: {
      summary:
        "You come four times in nine months. At each visit we measure your blood pressure and take a little blood. Once you wear a small device for a day.",
      full: "Each visit takes about an hour.\n\n- We ask how you are\n- We measure your blood pressure three times\n- We take 10 ml of blood, two teaspoons\n\nAfter the third visit you wear a small device that measures your blood pressure for 24 hours.",
    },
    changes: "There is a fourth visit, and once you wear a device that measures your blood pressure for a day.",
    recording: {
      title: "What will happen, as sound",
      transcript:
        "Two soft tones, a low one and a high one: this demonstration has no voice of its own. In a real study somebody reads here what the summary says.",
    },
    paper: {
      title: "On one sheet of paper",
      lines: ["AURORA (an invented study)", "Three visits, a little blood.", "You may stop at any time."],
    },
    children: {
      sections:
        "# Why do we ask you?\nYour blood presses against its pipes. In some children it presses too hard. We want to find out when a medicine helps best.\n\n# What will happen?\nYou come three times. We put a band around your arm and take a little blood. That can sting.\n\n# May I say no?\nYes. Nobody will be angry. You can also stop later.",
      questions: "May you say no?\n- No, my parents decide\n* Yes, whenever I want\nYou may say no whenever you want.",
      agreements: "Somebody explained this to me\nI want to take part",
    },
  },
  es: {
    title: "Información sobre el estudio AURORA",
    sections: [
      {
        title: "¿Para qué este estudio?",
        summary:
          "Muchas personas toman por la mañana un medicamento para la tensión alta. Queremos saber si es mejor por la noche. Para eso necesitamos a personas como usted.",
        full: "El medicamento es conocido y se usa desde hace veinte años. Nadie ha mostrado cuál es la mejor hora del día.\n\nLa mitad de los participantes lo toma por la mañana y la mitad por la noche. Un ordenador decide al azar.",
      },
      {
        title: "¿Qué me harán?",
        summary: "Vendrá tres veces en seis meses. En cada visita medimos su tensión y sacamos un poco de sangre.",
        full: "Cada visita dura una hora.\n\n- Le preguntamos cómo está\n- Medimos su tensión tres veces\n- Sacamos 10 ml de sangre, dos cucharaditas\n\nEntre las visitas se mide la tensión en casa una vez por semana.",
      },
      {
        title: "¿Qué riesgos hay?",
        summary: "El medicamento es el que ya toma. Sacar sangre puede dejar un moratón. No se espera nada más.",
        full: "Algunas personas se marean al levantarse por la noche. Llame al equipo si le ocurre.\n\nSi el estudio le causa un daño, lo paga el seguro del hospital.",
      },
      {
        title: "¿Qué pasa con mis datos y muestras?",
        summary: "Sus datos llevan un código en lugar de su nombre. Solo su propio equipo sabe quién es usted.",
        full: "El código y su nombre se guardan por separado. Los datos se guardan quince años, como pide la ley.",
      },
      {
        title: "¿Puedo dejarlo?",
        summary: "Sí, en cualquier momento y sin dar razones. Su atención sigue igual.",
        full: "Dígaselo al equipo o retire su consentimiento en su propia página. Lo recogido hasta entonces se guarda sin su nombre.",
      },
    ],
    question: {
      ask: "¿Puede dejar de participar cuando quiera?",
      options: "Solo después de la última visita\nSí, en cualquier momento\nSolo si un médico está de acuerdo",
      right: "2",
      explain: "Puede dejarlo en cualquier momento, sin dar razones. No cambia nada de su atención.",
    },
    agreements: "He leído esta información y he podido hacer preguntas\nAcepto participar en el estudio AURORA",
    samples: "Lo que quede de mis muestras de sangre puede guardarse para investigar la tensión más adelante",
    recontact: "Pueden preguntarme más adelante por otros estudios",
    sharing: "Mis datos con código pueden darse a otros investigadores",
    glossary: "tensión: la fuerza con que la sangre empuja los vasos\nal azar: como si se lanzara una moneda",
    second: {
      summary:
        "Vendrá cuatro veces en nueve meses. En cada visita medimos su tensión y sacamos un poco de sangre. Una vez llevará un aparato pequeño durante un día.",
      full: "Cada visita dura una hora.\n\n- Le preguntamos cómo está\n- Medimos su tensión tres veces\n- Sacamos 10 ml de sangre, dos cucharaditas\n\nDespués de la tercera visita lleva un aparato pequeño que mide la tensión durante 24 horas.",
    },
    changes: "Hay una cuarta visita y una vez llevará un aparato que mide la tensión durante un día.",
    recording: {
      title: "Qué me harán, en sonido",
      transcript:
        "Dos tonos suaves, uno bajo y uno alto: esta demostración no tiene voz propia. En un estudio real alguien lee aquí lo que dice el resumen.",
    },
    paper: {
      title: "En una hoja de papel",
      lines: [
        "AURORA (un estudio inventado)",
        "Tres visitas, un poco de sangre.",
        "Puede dejarlo en cualquier momento.",
      ],
    },
    children: {
      sections:
        "# ¿Por qué te preguntamos?\nLa sangre empuja sus tubos. En algunos niños empuja demasiado. Queremos saber cuándo ayuda mejor un medicamento.\n\n# ¿Qué pasará?\nVienes tres veces. Te ponemos una banda en el brazo y sacamos un poco de sangre. Puede picar.\n\n# ¿Puedo decir que no?\nSí. Nadie se enfadará. También puedes dejarlo más tarde.",
      questions:
        "¿Puedes decir que no?\n- No, deciden mis padres\n* Sí, cuando quiera\nPuedes decir que no cuando quieras.",
      agreements: "Alguien me lo ha explicado\nQuiero participar",
    },
  },
  nl: {
    title: "Informatie over het AURORA-onderzoek",
    sections: [
      {
        title: "Waarom dit onderzoek?",
        summary:
          "Veel mensen nemen 's ochtends een medicijn tegen hoge bloeddruk. Wij willen weten of de avond beter is. Daarvoor hebben we mensen zoals u nodig.",
        full: "Het medicijn is bekend en wordt al twintig jaar gebruikt. Niemand heeft laten zien wat de beste tijd van de dag is.\n\nDe helft van de deelnemers neemt het 's ochtends, de helft 's avonds. Een computer bepaalt door het lot wie in welke helft zit.",
      },
      {
        title: "Wat gebeurt er met mij?",
        summary:
          "U komt drie keer in zes maanden. Bij elk bezoek meten we uw bloeddruk en nemen we een beetje bloed af.",
        full: "Elk bezoek duurt ongeveer een uur.\n\n- We vragen hoe het gaat\n- We meten uw bloeddruk drie keer\n- We nemen 10 ml bloed af, twee theelepels\n\nTussen de bezoeken meet u thuis één keer per week uw bloeddruk.",
      },
      {
        title: "Wat zijn de risico's?",
        summary:
          "Het is het medicijn dat u al neemt. Bloed afnemen kan een blauwe plek geven. Verder verwachten we niets.",
        full: "Sommige mensen zijn duizelig als ze 's nachts opstaan. Bel het team als dat gebeurt.\n\nAls het onderzoek u schade doet, betaalt de verzekering van het ziekenhuis.",
      },
      {
        title: "Wat gebeurt er met mijn gegevens en lichaamsmateriaal?",
        summary: "Uw gegevens krijgen een code in plaats van uw naam. Alleen uw eigen team weet wie u bent.",
        full: "De code en uw naam worden apart bewaard. Gegevens worden vijftien jaar bewaard, zoals de wet vraagt.",
      },
      {
        title: "Mag ik stoppen?",
        summary: "Ja, op elk moment en zonder reden. Uw zorg blijft hetzelfde.",
        full: "Zeg het tegen het team of trek uw toestemming in op uw eigen pagina. Wat tot dan is verzameld wordt zonder uw naam bewaard.",
      },
    ],
    question: {
      ask: "Mag u stoppen wanneer u wilt?",
      options: "Pas na het laatste bezoek\nJa, op elk moment\nAlleen als een arts het goedvindt",
      right: "2",
      explain: "U mag op elk moment stoppen, zonder reden. Het verandert niets aan uw zorg.",
    },
    agreements: "Ik heb deze informatie gelezen en kon vragen stellen\nIk wil meedoen aan het AURORA-onderzoek",
    samples: "Wat er van mijn bloed overblijft mag worden bewaard voor later onderzoek naar bloeddruk",
    recontact: "U mag mij later vragen voor ander onderzoek",
    sharing: "Mijn gecodeerde gegevens mogen aan andere onderzoekers worden gegeven",
    glossary: "bloeddruk: hoe hard het bloed tegen de vaten drukt\ndoor het lot: alsof er een munt wordt opgegooid",
    second: {
      summary:
        "U komt vier keer in negen maanden. Bij elk bezoek meten we uw bloeddruk en nemen we een beetje bloed af. Eén keer draagt u een dag lang een klein apparaat.",
      full: "Elk bezoek duurt ongeveer een uur.\n\n- We vragen hoe het gaat\n- We meten uw bloeddruk drie keer\n- We nemen 10 ml bloed af, twee theelepels\n\nNa het derde bezoek draagt u een klein apparaat dat 24 uur lang uw bloeddruk meet.",
    },
    changes: "Er is een vierde bezoek, en één keer draagt u een dag lang een apparaat dat uw bloeddruk meet.",
    recording: {
      title: "Wat er gebeurt, als geluid",
      transcript:
        "Twee zachte tonen, een lage en een hoge: deze demonstratie heeft geen eigen stem. In een echt onderzoek leest hier iemand voor wat de samenvatting zegt.",
    },
    paper: {
      title: "Op één blad papier",
      lines: ["AURORA (een verzonnen onderzoek)", "Drie bezoeken, een beetje bloed.", "U mag op elk moment stoppen."],
    },
    children: {
      sections:
        "# Waarom vragen we het jou?\nJe bloed drukt tegen zijn buisjes. Bij sommige kinderen drukt het te hard. We willen weten wanneer een medicijn het beste helpt.\n\n# Wat gebeurt er?\nJe komt drie keer. We doen een band om je arm en nemen een beetje bloed af. Dat kan prikken.\n\n# Mag ik nee zeggen?\nJa. Niemand wordt boos. Je mag ook later stoppen.",
      questions:
        "Mag je nee zeggen?\n- Nee, mijn ouders beslissen\n* Ja, wanneer ik wil\nJe mag nee zeggen wanneer je wilt.",
      agreements: "Iemand heeft het mij uitgelegd\nIk wil meedoen",
    },
  },
};
