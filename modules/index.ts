/** The product: the modules it is made of, in the order in which they are shown. A new one is a line here. */
import type { Module } from "@core/module.ts";
import { coaching } from "./coaching/module.ts";
import { econsent } from "./econsent/module.ts";
import { milestones } from "./milestones/module.ts";
import { studies } from "./studies/module.ts";

export const modules: readonly Module[] = [milestones, studies, econsent, coaching];
