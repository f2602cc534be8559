/** What a person reads when a request ends badly. */
import { Button } from "@views/button.tsx";
import { FileField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { type PlainLanguage, plainLanguageOf, plainWords } from "@views/plain-words.ts";
import { ProblemPage } from "@views/problem.tsx";
import type { Arrival } from "../identity/door.ts";
import { STATUS, wayFirst } from "../identity/owing.ts";
import type { Problem, ProblemCode } from "../problem.ts";
import type { KeptForm } from "./kept-form.ts";

const titles: Readonly<Record<ProblemCode, string>> = {
  "sign-in": "Please sign in",
  second: "Second step",
  enrolment: "A second factor comes first",
  password: "A new password comes first",
  "from-outside": "Not from here",
  forbidden: "You may not do this",
  asked: "Say why first",
  "other-origin": "Not carried out",
  "not-found": "Nothing here",
  "no-tenant": "No institution here",
  method: "Not possible here",
  conflict: "Changed in the meantime",
  gone: "No longer there",
  "too-large": "Too much at once",
  "not-a-form": "This could not be read",
  invalid: "Some answers need attention",
  refused: "Not now",
  "too-many": "Too many attempts",
  "not-recorded": "Something went wrong",
  failed: "Something went wrong",
  locked: "Protected fields are locked",
  busy: "The server is busy",
};

/** Who reads it: somebody at the door, somebody whose account waits for approval, or somebody who is in. */
type Reader = "nobody" | "waiting" | "in";

export const readerOf = (arrival: Arrival | null): Reader =>
  arrival === null ? "nobody" : arrival.person.status === "active" ? "in" : "waiting";

export const problemPage = (problem: Problem, reference: string, reader: Reader, kept: KeptForm | null): Html => (
  <ProblemPage
    title={titles[problem.code]}
    sentence={problem.message}
    wayOut={kept ? undefined : wayOut(problem, reader)}
    reference={problem.status >= 500 ? reference : undefined}
  >
    {kept && <Again kept={kept} lang="en" />}
    {problem.fields.length > 0 && (
      <ul>
        {problem.fields.map(({ sentence }) => (
          <li>{sentence}</li>
        ))}
      </ul>
    )}
  </ProblemPage>
);

/** For somebody without an account, by a link: in his own language, and with no door that is not his. */
export const linkProblemPage = ({ code }: Problem, accepts: string | null, kept: KeptForm | null): Html | null => {
  const lang = plainLanguageOf(accepts);
  const words = plainWords[lang];
  if (kept)
    return (
      <PlainPage kind="participant" lang={lang} title={words.notYet}>
        <Again kept={kept} lang={lang} />
      </PlainPage>
    );
  if (code !== "gone" && code !== "too-many" && code !== "busy") return null;
  return (
    <PlainPage kind="participant" lang={lang} title={code === "gone" ? words.gone : words.busy}>
      <p>{code === "gone" ? words.goneLead : words.busyLead}</p>
    </PlainPage>
  );
};

/** What was sent, to send it again (app.js does so by itself after some seconds, where nothing has to be added). */
const Again = ({ kept, lang }: { kept: KeptForm; lang: PlainLanguage }): Html => {
  const words = plainWords[lang];
  return (
    <form
      class="form"
      method="post"
      action={kept.action}
      enctype={kept.files.length > 0 ? "multipart/form-data" : null}
      data-again={kept.goesByItself ? "" : null}
    >
      <p>{kept.goesByItself ? words.keptByItself : words.kept}</p>
      {kept.withholds && <p>{words.withheld}</p>}
      {kept.fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {kept.files.map(({ name, filename }) => (
        <FileField name={name} label={words.chooseAgain(filename)} />
      ))}
      <Button tone="primary">{words.again}</Button>
    </form>
  );
};

function wayOut({ code }: Problem, reader: Reader): { label: string; href: string } {
  if (code === "sign-in" || reader === "nobody") return { label: "Sign in", href: "/sign-in" };
  if (reader === "waiting" && !wayFirst(code)) return { label: "To your request", href: STATUS };
  return { label: wayFirst(code) ? "Go on" : "To the first page", href: wayFirst(code) ?? "/" };
}
