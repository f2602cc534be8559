/** Where the files of a framework are chosen. */
import { DateField, type FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import type { Crumb } from "@views/page.tsx";
import { ChooseFilePage } from "./import.tsx";

export interface ChooseSubcompetenciesProps {
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly today: string;
  readonly form?: FormState | undefined;
}

export const chooseSubcompetencies = ({ action, crumbs, today, form }: ChooseSubcompetenciesProps): Html => (
  <ChooseFilePage
    title="Import subcompetencies"
    crumbs={crumbs}
    lead="One row for each subcompetency. A file may hold several specialties; importing it again changes nothing that is the same."
    columns={[
      { title: "specialty", holds: "its name" },
      { title: "milestones_version", holds: "for example 2.0" },
      { title: "code", holds: "PC1, MK2, SBP3, PBLI1, PROF4, ICS2 (P1 and PBL1 are understood)" },
      { title: "competency", holds: "PC, MK, SBP, PBLI, PROF or ICS", required: false },
      { title: "title", holds: "the subcompetency's title" },
    ]}
    example="Internal Medicine,2.0,PC1,PC,History"
    action={action}
    form={form}
  >
    <DateField name="effectiveFrom" label="In effect from" value={today} form={form} />
  </ChooseFilePage>
);

export interface ChooseLevelTextsProps {
  readonly framework: string;
  readonly action: string;
  readonly crumbs: readonly Crumb[];
  readonly form?: FormState | undefined;
}

export const chooseLevelTexts = ({ framework, action, crumbs, form }: ChooseLevelTextsProps): Html => (
  <ChooseFilePage
    title={`Level texts of ${framework}`}
    crumbs={crumbs}
    lead="The descriptions of the levels are the ACGME's. Your program loads them for its own educational use; none is delivered with this software."
    columns={[
      { title: "code", holds: "the subcompetency, for example PC1" },
      { title: "level", holds: "1, 2, 3, 4 or 5" },
      { title: "text", holds: "the description" },
    ]}
    example={'PC1,1,"The description of level 1"'}
    action={action}
    form={form}
  />
);
