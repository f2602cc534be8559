/** The world in which the kernel's own screens are tried: Ada administers, Dana directs, Nora nurses, Otto is elsewhere. */
import { adminRoutes } from "@core/admin/routes.ts";
import type { KernelRoutes } from "@core/kernel.ts";
import { mailRoutes } from "@core/mail/outbox.tsx";
import { type Client, type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";
import { desk, ward } from "./ward.tsx";

export interface Hospital {
  readonly world: World;
  readonly place: TestWorkspace;
  readonly other: TestWorkspace;
  readonly elsewhere: TestWorkspace;
  readonly ada: TestPerson;
  readonly dana: TestPerson;
  readonly nora: TestPerson;
  readonly otto: TestPerson;
  readonly asAda: Client;
  readonly asDana: Client;
  readonly asNora: Client;
  /** Administrator of the other institution. */
  readonly asOtto: Client;
}

/** With `doors` also the kernel's own ways in. */
export async function hospital(doors: readonly KernelRoutes[] = []): Promise<Hospital> {
  const own = [...adminRoutes, ...mailRoutes({ environment: "development" }), ...doors];
  const world = await testWorld([ward, desk], own);
  const place = await world.workspace("program", ["ward"]);
  const other = await world.workspace("program", ["ward"]);
  const elsewhere = await world.workspace("program", ["ward"], world.there);
  const ada = await world.person("Ada Admin", "administrator", null);
  const dana = await world.person("Dana Director", "director", place);
  const nora = await world.person("Nora Nurse", "nurse", place);
  const otto = await world.person("Otto Other", "administrator", null, { tenant: world.there });
  const [asAda, asDana, asNora, asOtto] = [
    await world.as(ada),
    await world.as(dana),
    await world.as(nora),
    await world.as(otto),
  ];
  return { world, place, other, elsewhere, ada, dana, nora, otto, asAda, asDana, asNora, asOtto };
}
