/** What a person reads when a request ends badly. */
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { plainLanguageOf, plainWords } from "@views/plain-words.ts";
import { ProblemPage } from "@views/problem.tsx";
import { wayFirst } from "../identity/owing.ts";
import type { Problem, ProblemCode } from "../problem.ts";

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

export const problemPage = (problem: Problem, reference: string, isSignedIn: boolean): Html => (
  <ProblemPage
    title={titles[problem.code]}
    sentence={problem.message}
    wayOut={wayOut(problem, isSignedIn)}
    reference={problem.status >= 500 ? reference : undefined}
  >
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
export const linkProblemPage = ({ code }: Problem, accepts: string | null): Html | null => {
  if (code !== "gone" && code !== "too-many") return null;
  const lang = plainLanguageOf(accepts);
  const words = plainWords[lang];
  return (
    <PlainPage kind="participant" lang={lang} title={code === "gone" ? words.gone : words.busy}>
      <p>{code === "gone" ? words.goneLead : words.busyLead}</p>
    </PlainPage>
  );
};

function wayOut({ code }: Problem, isSignedIn: boolean): { label: string; href: string } {
  if (code === "sign-in" || !isSignedIn) return { label: "Sign in", href: "/sign-in" };
  return { label: wayFirst(code) ? "Go on" : "To the first page", href: wayFirst(code) ?? "/" };
}
