/** The study's first page. */
import { routesFor } from "@core/module.ts";
import type { Studies } from "../names.ts";
import { StudyPage } from "../views/study.tsx";

const { get } = routesFor<Studies>();

export const studyRoutes = [
  get("/", {
    needs: "studies.design.read",
    async run(_, ctx) {
      return StudyPage({
        title: ctx.workspace.title,
        build: ctx.may("studies.design.write") ? ctx.url("/design") : null,
      });
    },
  }),
];
