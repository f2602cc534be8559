/** What waits for me: countersignatures, questions, talks, and who is late to sign again. */
import type { Context, Panel as DashboardPanel } from "@core/module.ts";
import type { Html } from "@views/html.ts";
import type { Econsent, permissions } from "./names.ts";
import { standpoints } from "./overview.ts";
import { openQuestions } from "./store/consents.ts";

const Waiting = ({ sentence, href, act }: { sentence: string; href: string; act: string }): Html => (
  <>
    <p>{sentence}</p>
    <p>
      <a href={href}>{act}</a>
    </p>
  </>
);
const counted = (count: number, one: string, many: string) => (count === 1 ? `One ${one}` : `${count} ${many}`);

async function toCountersign(ctx: Context<Econsent>): Promise<Html | null> {
  const waiting = (await standpoints(ctx)).filter(({ waits }) => waits.includes("investigator"));
  if (waiting.length === 0) return null;
  return (
    <Waiting
      sentence={`${counted(waiting.length, "consent waits", "consents wait")} for an investigator's signature.`}
      href={ctx.url("/?state=signing")}
      act="Countersign"
    />
  );
}

async function toAnswer(ctx: Context<Econsent>): Promise<Html | null> {
  const open = await ctx.db.all(openQuestions, {});
  if (open.length === 0) return null;
  const held = open.filter(({ holds }) => holds).length;
  const [first] = open;
  return (
    <Waiting
      sentence={`${counted(open.length, "question waits", "questions wait")} for an answer${held > 0 ? `; before ${held === 1 ? "one" : held} of them nobody signs` : ""}.`}
      href={ctx.url(`/questions/${first?.id}`)}
      act="Answer"
    />
  );
}

async function toAskAgain(ctx: Context<Econsent>): Promise<Html | null> {
  const waiting = (await standpoints(ctx)).filter(({ state }) => state === "again").length;
  if (waiting === 0) return null;
  return (
    <Waiting
      sentence={`${counted(waiting, "participant is", "participants are")} to sign a new version.`}
      href={ctx.url("/?state=again")}
      act="See who"
    />
  );
}

/** The kernel hands a panel the module's own context; here its vocabulary is remembered. */
const own = (render: (ctx: Context<Econsent>) => Promise<Html | null>) => render as DashboardPanel["render"];

export const dashboard: readonly DashboardPanel<keyof typeof permissions & string>[] = [
  { title: "Questions of participants", needs: "econsent.identities.read", render: own(toAnswer) },
  { title: "Countersignatures", needs: "econsent.countersign", render: own(toCountersign) },
  { title: "Asking again", needs: "econsent.waves", render: own(toAskAgain) },
];
