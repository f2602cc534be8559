/** One-click sign-in as an invented person. In production this file's route is not in the catalogue at all. */
import { Type } from "@sinclair/typebox";
import { answeredBefore, ownPost } from "../http/own-route.ts";
import type { OwnRoute } from "../kernel.ts";
import { anyone } from "../module.ts";
import { Problem } from "../problem.ts";
import { enter } from "./entering.ts";
import { returnPath } from "./return-path.ts";

export const demoRoutes: OwnRoute[] = [
  ownPost("/sign-in/demo", {
    needs: anyone,
    bodyLimit: 16_384,
    body: Type.Object({
      person: Type.String({ title: "Who you are", format: "uuid" }),
      to: Type.Optional(Type.String({ maxLength: 4_000 })),
    }),
    before: async ({ body }, knock) => {
      const { house, visit } = knock;
      if (!visit.tenant.demo) throw Problem.notFound();
      // The database lists nobody for an institution that is no demonstration.
      const people = await house.door.demoPeople(visit.tenant.id);
      const person = people.find(({ id }) => id === body.person);
      if (!person) throw Problem.notFound("Nobody by that name is in this demonstration. Choose from the list.");
      return enter(knock, person, "demo", returnPath(body.to));
    },
    run: answeredBefore,
  }),
];
