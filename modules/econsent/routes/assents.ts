/** The builder's page for what a child reads. */
import { routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type Assent, lacksInAssents, questionsIn, sectionsIn } from "../assent.ts";
import { lacksInQuestions } from "../document.ts";
import type { Econsent } from "../names.ts";
import { AssentPage } from "../views/assent.tsx";
import { byPart, draftOf, freshId, linesOf, partPage, saveDraft } from "./documents.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const age = (title: string) => t.Integer({ title, minimum: 0, maximum: 20 });

export const assentRoutes = [
  get("/versions/:id/assents/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    run: async ({ params }, ctx) => AssentPage(partPage(ctx, await draftOf(ctx, params.id), params.part)),
  }),
  post("/versions/:id/assents/:part", {
    needs: "econsent.documents.write",
    params: byPart,
    body: t.Object({
      ordinal: t.Integer({ minimum: 1 }),
      from: age("From the age of"),
      to: age("To the age of"),
      sections: t.String({ title: "Text", minLength: 4, maxLength: 20_000 }),
      questions: t.Optional(t.String({ title: "Questions", maxLength: 8000 })),
      agreements: t.String({ title: "Agreements", minLength: 2, maxLength: 2000 }),
      act: t.Optional(t.Union([t.Literal("save"), t.Literal("remove")])),
    }),
    refused: async (typed, problems, ctx, params) =>
      AssentPage({ ...partPage(ctx, await draftOf(ctx, params.id), params.part), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await draftOf(ctx, params.id);
      const { content } = found.text;
      const { assents = [] } = content;
      const before = assents.find(({ id }) => id === params.part);
      if (params.part !== "new" && !before) throw Problem.notFound();
      const others = assents.filter((one) => one !== before);
      const saying = `the text for children from ${body.from} to ${body.to}`;
      if (body.act === "remove") {
        const { assents: _, ...rest } = content;
        const left = others.length > 0 ? { ...rest, assents: others } : rest;
        return saveDraft(ctx, found, body.ordinal, left, `${saying} taken out`);
      }
      const id = before?.id ?? freshId("c", assents);
      const sections = sectionsIn(body.sections, id);
      const bare = sections.find(({ title, summary }) => !title || !summary);
      if (sections.length === 0 || bare)
        throw Problem.invalid({ sections: "Begin each part with “# ” and its title, and write what it says below." });
      const questions = questionsIn(body.questions ?? "", id);
      const [lack] = lacksInQuestions(questions);
      if (lack) throw Problem.invalid({ questions: lack });
      const agreements = linesOf(body.agreements).map((text, at) => ({ id: `${id}a${at + 1}`, text }));
      const assent: Assent = { id, from: body.from, to: body.to, sections, questions, agreements };
      const [clash] = lacksInAssents([...others, assent]);
      if (clash) throw Problem.invalid({ from: clash });
      return saveDraft(ctx, found, body.ordinal, { ...content, assents: [...others, assent] }, saying);
    },
  }),
];
