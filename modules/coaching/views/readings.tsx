/** One member's readings, the files they came from, and the goals. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import {
  DateField,
  Fieldset,
  FileField,
  Form,
  FormFoot,
  type FormState,
  RadioGroup,
  Select,
  TextArea,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { inUnit } from "../glucose.ts";
import type { ReadingsView } from "../routes/readings.ts";
import { tierInWords } from "../tier.ts";
import { toneOf } from "../words.ts";
import { TrendPanel } from "./trend.tsx";

const sourceInWords = { text: "Text", "meter-file": "Meter file", "sensor-file": "Sensor file" } as const;

export const ReadingsPage = (props: ReadingsView & { readonly form?: FormState | undefined }): Html => {
  const { name, base, crumbs, mayManage, unit, trend, readings, imports, doubtful, goals, form } = props;
  const shown = (mgdl: number | null) =>
    mgdl === null ? "" : unit === "mg/dL" ? String(Math.round(mgdl)) : inUnit(mgdl, unit).toFixed(1);
  return (
    <Page title={`Readings and goals of ${name}`} crumbs={crumbs} form={form} aside={<TrendPanel trend={trend} />}>
      <Panel title="Goals">
        {goals.length === 0 && <p>No goal yet.</p>}
        {goals.map((goal) => (
          <>
            <p>
              {goal.wording} {goal.dueOn && <span class="muted">until {goal.dueOn}</span>}
            </p>
            <ul>
              {goal.hints.map((hint) => (
                <li>
                  <Badge tone={hint.met ? "ok" : "none"}>{hint.quality}</Badge> {hint.sentence}
                </li>
              ))}
            </ul>
            {mayManage && (
              <Form action={`${props.goalsBase}/${goal.id}/end`}>
                <div class="row">
                  <Button name="outcome" value="reached">
                    Reached
                  </Button>
                  <Button name="outcome" value="changed" tone="quiet">
                    Replaced
                  </Button>
                  <Button name="outcome" value="dropped" tone="quiet">
                    Dropped
                  </Button>
                </div>
              </Form>
            )}
          </>
        ))}
        {mayManage && (
          <Form action={`${base}/goals`}>
            <TextArea
              name="wording"
              label="New goal"
              hint="In the member’s own words. Hints appear afterwards and stop nobody."
              rows={2}
              maxlength={300}
              form={form}
            />
            <DateField name="dueOn" label="Until" optional form={form} />
            <Button>Keep</Button>
          </Form>
        )}
      </Panel>
      {doubtful.length > 0 && (
        <DataTable
          caption={`${counted(doubtful.length, "row")} of files that could not be read for certain`}
          columns={[
            { key: "line", head: "Line", cell: (row: ReadingsView["doubtful"][number]) => row.line },
            { key: "text", head: "As it came", cell: (row) => <span class="mono">{row.text}</span> },
            { key: "why", head: "Why", wrap: true, cell: (row) => row.sentence },
            {
              key: "act",
              head: "Actions",
              quiet: true,
              cell: (row) =>
                mayManage && (
                  <Form action={`${props.rowsBase}/${row.id}/decide`}>
                    {row.meterWord && (
                      <Button name="decision" value="kept-as-word" tone="quiet">
                        Keep as {row.meterWord}
                      </Button>
                    )}
                    <Button name="decision" value="set-aside" tone="quiet">
                      Set aside
                    </Button>
                  </Form>
                ),
            },
          ]}
          rows={doubtful}
        />
      )}
      <DataTable
        caption={`Readings of the last 14 days, the newest first${readings.length === 100 ? " (the first hundred)" : ""}`}
        columns={[
          { key: "at", head: "When", cell: (row: ReadingsView["readings"][number]) => row.localAt.replace("T", " ") },
          { key: "value", head: unit, align: "end", cell: (row) => row.meterWord ?? shown(row.mgdl) },
          { key: "tier", head: "Tier", cell: (row) => <Badge tone={toneOf(row.tier)}>{tierInWords[row.tier]}</Badge> },
          { key: "meal", head: "Meal", cell: (row) => row.meal?.replaceAll("-", " ") ?? "" },
          { key: "source", head: "From", cell: (row) => sourceInWords[row.source] },
        ]}
        rows={readings}
        empty={<Empty title="No readings">They come from texts and from files of a meter or a sensor.</Empty>}
      />
      {mayManage && (
        <Form action={`${base}/readings`} panel upload>
          <Fieldset
            legend="Import a file"
            hint="Rows that cannot be read for certain are kept for a look, never guessed."
          >
            <RadioGroup
              name="kind"
              label="Kind of file"
              value="sensor"
              form={form}
              options={[
                { value: "sensor", label: "Sensor (CGM)", hint: "A table with the time and the value in columns." },
                { value: "meter", label: "Meter log", hint: "Date, time, code and value, parted by tabs." },
              ]}
            />
            <Select name="unit" label="Unit in the file" value={unit} options={["mg/dL", "mmol/L"]} form={form} />
            <FileField name="file" label="File" accept=".csv,.tsv,.txt" form={form} />
          </Fieldset>
          <FormFoot>
            <Button tone="primary">Import</Button>
          </FormFoot>
        </Form>
      )}
      {imports.length > 0 && (
        <DataTable
          caption="Files that were imported"
          columns={[
            { key: "file", head: "File", cell: (row: ReadingsView["imports"][number]) => row.filename },
            { key: "rows", head: "Rows", align: "end", cell: (row) => row.rows },
            { key: "readings", head: "Readings", align: "end", cell: (row) => row.readings },
            { key: "repeated", head: "Known already", align: "end", cell: (row) => row.repeated },
            { key: "at", head: "When", cell: (row) => <Time at={row.madeAt} /> },
          ]}
          rows={imports}
        />
      )}
    </Page>
  );
};
