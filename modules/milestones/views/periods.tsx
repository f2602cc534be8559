/** The half-years, with the months they look at and their windows of reporting. */
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface PeriodLine {
  readonly title: string;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly opensOn: string;
  readonly closesOn: string;
}
export interface PeriodsProps {
  readonly periods: readonly PeriodLine[];
  readonly openAction: string | null;
  readonly years: readonly number[];
}

export const PeriodsPage = ({ periods, openAction, years }: PeriodsProps): Html => (
  <Page
    title="Periods"
    lead="Twice a year the committee judges everyone's progress. The dates come from this program's settings when a year is opened."
  >
    <DataTable
      caption={counted(periods.length, "period")}
      columns={[
        { key: "title", head: "Period", cell: (line: PeriodLine) => line.title },
        { key: "looks", head: "Looks at", cell: (line) => `${line.startsOn} to ${line.endsOn}` },
        { key: "reports", head: "Reported", cell: (line) => `${line.opensOn} to ${line.closesOn}` },
      ]}
      rows={[...periods].reverse()}
      empty={
        <Empty title="No period yet">Evaluations and results belong to a period. Open the current year below.</Empty>
      }
    />
    {openAction && (
      <Form action={openAction} guard={false}>
        <Select
          name="academicYear"
          label="Academic year"
          options={years.map((year) => ({
            value: String(year),
            label: `${year}–${String((year + 1) % 100).padStart(2, "0")}`,
          }))}
        />
        <Button tone="primary">Open both halves</Button>
      </Form>
    )}
  </Page>
);
