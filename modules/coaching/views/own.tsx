/** The member's own page, in English or Spanish, and the page that shows its link once. */

import type { OwnRecordLine } from "@core/module.ts";
import { PostButton } from "@views/button.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page, PlainPage } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import { Timeline } from "@views/timeline.tsx";
import type { ConsentEventKind, ConsentSource, MemberStatus } from "../consent.ts";
import type { Locale } from "../reading-grade.ts";
import type { Trend } from "../routes/trend.ts";
import { consentInWords, sourceInWords, statusInWords } from "../words.ts";

interface OwnProps {
  readonly program: string;
  readonly phone: string;
  readonly base: string;
  readonly locale: Locale;
  readonly status: MemberStatus;
  readonly ledger: readonly { readonly kind: ConsentEventKind; readonly at: Date; readonly source: ConsentSource }[];
  readonly trend: Trend;
  readonly record: readonly OwnRecordLine[];
  /** Null: that was all. */
  readonly moreHref: string | null;
}

const words = {
  en: {
    title: "Your coaching by text",
    help: (phone: string) => `Questions? Call ${phone}. In an emergency call 911. In a crisis call or text 988.`,
    consent: "Your consent",
    standing: "Now",
    stop: "Stop all texts",
    pause: "Pause",
    resume: "Go on",
    back: "You stopped the texts. To come back, text START to our number.",
    readings: "Your glucose, 14 days",
    none: "No readings in the last 14 days.",
    range: "In range (70 to 180)",
    mean: "Mean",
    count: "Readings",
    record: "Who looked at your data",
    recordHint: "Every look at your data is kept, with the parts that were seen. Newest first.",
    service: "The service’s own machinery",
    more: "Earlier entries too",
    nobody: "Nobody has looked yet.",
    you: "You",
    saw: "saw",
    changed: "changed",
  },
  es: {
    title: "Su coaching por mensaje",
    help: (phone: string) =>
      `¿Preguntas? Llame al ${phone}. En una emergencia llame al 911. En una crisis llame o escriba al 988.`,
    consent: "Su consentimiento",
    standing: "Ahora",
    stop: "Parar todos los mensajes",
    pause: "Pausar",
    resume: "Seguir",
    back: "Usted paró los mensajes. Para volver, escriba START a nuestro número.",
    readings: "Su glucosa, 14 días",
    none: "No hay lecturas en los últimos 14 días.",
    range: "En rango (70 a 180)",
    mean: "Promedio",
    count: "Lecturas",
    record: "Quién vio sus datos",
    recordHint: "Se guarda cada vez que alguien ve sus datos, y qué partes vio. Lo más nuevo primero.",
    service: "El sistema del servicio",
    more: "Ver también los anteriores",
    nobody: "Nadie los ha visto todavía.",
    you: "Usted",
    saw: "vio",
    changed: "cambió",
  },
} as const;
const spanishStatus: Readonly<Record<MemberStatus, string>> = {
  invited: "Invitado",
  "consent-pending": "Falta su SI",
  active: "Participa",
  paused: "En pausa",
  declined: "No participa",
  "opted-out": "Paró los mensajes",
  "number-invalid": "Número por confirmar",
  discharged: "Dejó el servicio",
  deceased: "–",
};
const spanishConsent: Readonly<Record<ConsentEventKind, string>> = {
  invited: "Invitado",
  disclosed: "Se le mostró la invitación",
  given: "Aceptó",
  declined: "No aceptó",
  "opted-out": "Paró los mensajes",
  "opted-in-again": "Volvió",
  paused: "Pausó",
  resumed: "Siguió",
  "number-invalid": "El número no era suyo",
  "number-verified": "El número se confirmó",
  discharged: "Dejó el servicio",
  deceased: "–",
};

/** What a table and its columns are to the person they are about. */
const partsOf: Readonly<Record<string, readonly [string, string]>> = {
  "core.identities": ["name and telephone", "nombre y teléfono"],
  "core.subjects": ["code", "código"],
  "coaching.members": ["settings", "ajustes"],
  "coaching.messages": ["messages", "mensajes"],
  "coaching.readings": ["glucose readings", "lecturas de glucosa"],
  "coaching.consent_events": ["consent", "consentimiento"],
  "coaching.conversations": ["state of the conversation", "estado de la conversación"],
  "coaching.outbox": ["texts on their way", "mensajes en camino"],
  "coaching.notes": ["notes of the coach", "notas del coach"],
  "coaching.goals": ["goals", "metas"],
  "coaching.incidents": ["safety incidents", "incidentes"],
  "coaching.tasks": ["tasks", "tareas"],
  "coaching.drafts": ["drafts", "borradores"],
};

const namesOf = (tables: OwnRecordLine["read"], locale: Locale): string =>
  Object.keys(tables)
    .map((table) => partsOf[table]?.[locale === "en" ? 0 : 1] ?? table)
    .join(", ");

const Elements = ({ tables, locale }: { tables: OwnRecordLine["read"]; locale: Locale }): Html => (
  <ul>
    {Object.entries(tables).map(([table, columns]) => (
      <li>
        {partsOf[table]?.[locale === "en" ? 0 : 1] ?? table}: <span class="mono">{columns.join(", ")}</span>
      </li>
    ))}
  </ul>
);

export const OwnPage = ({ program, phone, base, locale, status, ledger, trend, record, moreHref }: OwnProps): Html => {
  const say = words[locale];
  const { statistics } = trend;
  return (
    <PlainPage title={`${program}: ${say.title}`} kind="participant">
      <p>{say.help(phone)}</p>
      <Panel title={say.consent}>
        <div class="stack">
          <Facts
            facts={[{ term: say.standing, value: locale === "es" ? spanishStatus[status] : statusInWords[status][0] }]}
          />
          <div class="row">
            {status === "active" && <PostButton action={`${base}/pause`}>{say.pause}</PostButton>}
            {status === "paused" && <PostButton action={`${base}/resume`}>{say.resume}</PostButton>}
            {(status === "active" || status === "paused" || status === "consent-pending") && (
              <PostButton action={`${base}/stop`} tone="danger">
                {say.stop}
              </PostButton>
            )}
          </div>
          {status === "opted-out" && <Note>{say.back}</Note>}
          <Timeline
            happenings={[...ledger].reverse().map((row) => ({
              at: row.at,
              what:
                locale === "es"
                  ? spanishConsent[row.kind]
                  : `${consentInWords[row.kind]}, ${sourceInWords[row.source]}`,
            }))}
          />
        </div>
      </Panel>
      <Panel title={say.readings}>
        {statistics ? (
          <Facts
            facts={[
              { term: say.range, value: `${Math.round(statistics.shares.inRange)} %` },
              { term: say.mean, value: `${Math.round(statistics.mean)} mg/dL` },
              { term: say.count, value: trend.readings },
            ]}
          />
        ) : (
          <p>{say.none}</p>
        )}
      </Panel>
      <Panel title={say.record}>
        <p>{say.recordHint}</p>
        {record.length === 0 && <p>{say.nobody}</p>}
        <ol class="timeline">
          {record.map((line) => (
            <li>
              <Time at={line.at} show="full" />
              {line.kind === "system" ? say.service : line.kind === "subject" ? say.you : line.name}
              <details>
                <summary>
                  {[
                    Object.keys(line.read).length > 0 && `${say.saw}: ${namesOf(line.read, locale)}`,
                    Object.keys(line.changed).length > 0 && `${say.changed}: ${namesOf(line.changed, locale)}`,
                  ]
                    .filter(Boolean)
                    .join("; ")}
                </summary>
                <Elements tables={line.read} locale={locale} />
                {Object.keys(line.changed).length > 0 && (
                  <>
                    <p>{say.changed}:</p>
                    <Elements tables={line.changed} locale={locale} />
                  </>
                )}
              </details>
            </li>
          ))}
        </ol>
        {moreHref && (
          <p>
            <a href={moreHref}>{say.more}</a>
          </p>
        )}
      </Panel>
    </PlainPage>
  );
};

interface LinkProps {
  readonly path: string;
  readonly until: Date;
  readonly name: string;
  readonly crumbs: readonly Crumb[];
  readonly status: MemberStatus;
}
export const LinkPage = ({ path, until, name, crumbs }: LinkProps): Html => (
  <Page
    title={`Own page of ${name}`}
    crumbs={crumbs}
    lead="This link is shown once. Whoever has it sees the member’s consent, readings and access record."
  >
    <Panel>
      <p class="mono">{path}</p>
      <p>
        It works until <Time at={until} show="full" />. Give it in person or by a letter; a text message is not
        encrypted.
      </p>
    </Panel>
  </Page>
);
