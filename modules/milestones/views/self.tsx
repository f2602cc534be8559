/** Where a trainee says how far he or she thinks to have come. */
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, Select, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Filters } from "@views/table.tsx";
import type { Level } from "../level.ts";
import { LevelChoice } from "./level-choice.tsx";

export interface SelfProps {
  readonly action: string;
  readonly periods: readonly { readonly value: string; readonly label: string }[];
  readonly period: string;
  readonly note: string;
  readonly items: readonly {
    readonly name: string;
    readonly code: string;
    readonly title: string;
    readonly level: Level | null;
    readonly texts: readonly { readonly level: number; readonly text: string }[];
  }[];
  readonly form?: FormState | undefined;
}

export const SelfPage = ({ action, periods, period, note, items, form }: SelfProps): Html => (
  <Page
    title="My own view"
    lead="How far you think you have come. Your mentor, the committee and the director see it beside what others observed."
    form={form}
  >
    <Filters action={action}>
      <Select name="period" label="Period" options={periods} value={period} />
    </Filters>
    {items.length === 0 || period === "" ? (
      <Empty title="No period yet">The program opens a period twice a year.</Empty>
    ) : (
      <Form action={action} hidden={{ periodId: period }}>
        {items.map(({ name, code, title, level, texts }) => (
          <LevelChoice name={name} code={code} title={title} value={level} texts={texts} mayBeUnobserved form={form} />
        ))}
        <TextArea
          name="note"
          label="What should the committee know?"
          optional
          hint="Stored sealed."
          value={note}
          maxlength={4000}
          form={form}
        />
        <FormFoot note="You may send it again; the newest counts.">
          <Button tone="primary">Keep</Button>
        </FormFoot>
      </Form>
    )}
  </Page>
);
