/** Kits by number: where they are, how long they are good, and where they go next. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import type { Choice } from "./delegation.tsx";

interface KitLine {
  readonly id: string;
  readonly number: string;
  readonly batch: string;
  readonly expiresOn: string;
  readonly expired: boolean;
  readonly state: string;
  readonly place: string;
  readonly arm: string | null;
  readonly action: string;
  readonly moves: readonly Choice[];
}
export interface KitsProps {
  readonly takeIn: string | null;
  readonly showsArms: boolean;
  readonly sites: readonly Choice[];
  readonly stock: readonly {
    readonly site: string;
    readonly ready: number;
    readonly soon: number;
    readonly expired: number;
  }[];
  readonly lines: readonly KitLine[];
  readonly form?: FormState | undefined;
}
export const KitsPage = (props: KitsProps): Html => (
  <Page
    title="Kits"
    lead={
      props.showsArms
        ? "With their arms, for unblinded eyes only."
        : "By number. What is in a kit is known to the pharmacy alone."
    }
    form={props.form}
  >
    <DataTable
      caption="Stock of the sites"
      scroll={false}
      columns={[
        { key: "site", head: "Site", cell: (line: KitsProps["stock"][number]) => line.site },
        {
          key: "ready",
          head: "Ready to hand out",
          align: "end",
          cell: (line) => (line.ready < 5 ? <Badge tone="warn">{line.ready}</Badge> : line.ready),
        },
        { key: "soon", head: "Of these, good for less than 60 days", align: "end", cell: (line) => line.soon },
        {
          key: "expired",
          head: "Expired",
          align: "end",
          cell: (line) => (line.expired > 0 ? <Badge tone="bad">{line.expired}</Badge> : 0),
        },
      ]}
      rows={props.stock}
    />
    <DataTable
      caption={props.lines.length === 1 ? "1 kit" : `${props.lines.length} kits`}
      columns={[
        { key: "number", head: "Kit", cell: (line: KitLine) => line.number },
        ...(props.showsArms ? [{ key: "arm", head: "Arm", cell: (line: KitLine) => line.arm ?? "" }] : []),
        { key: "batch", head: "Batch", cell: (line) => line.batch },
        {
          key: "expires",
          head: "Good until",
          cell: (line) =>
            line.expired ? (
              <Badge tone="bad" more={line.expiresOn}>
                expired
              </Badge>
            ) : (
              line.expiresOn
            ),
        },
        { key: "state", head: "State", cell: (line) => line.state },
        { key: "place", head: "Place", cell: (line) => line.place },
        {
          key: "move",
          head: "Next",
          quiet: true,
          cell: (line) =>
            line.moves.length > 0 && (
              <Form action={line.action} panel={false} guard={false}>
                <details>
                  <summary>Move {line.number}</summary>
                  <Select name="state" label="To" options={line.moves} />
                  {line.moves.some(({ value }) => value === "transit") && (
                    <Select name="siteId" label="Site" options={props.sites} empty="Choose a site" />
                  )}
                  <TextField name="reason" label="Reason" optional />
                  <Button>Note it</Button>
                </details>
              </Form>
            ),
        },
      ]}
      rows={props.lines}
      empty={<Empty title="No kit">None was taken into stock yet.</Empty>}
    />
    {props.takeIn && (
      <Panel title="Take kits into stock">
        <Form action={props.takeIn} panel={false}>
          <TextArea
            name="table"
            label="One kit a line"
            hint="Number; arm's code; batch; good until: K-1042; A; L77; 2027-06-30"
            rows={6}
            form={props.form}
          />
          <FormFoot note="The arm is sealed. Give numbers that do not follow the arms.">
            <Button tone="primary">Take in</Button>
          </FormFoot>
        </Form>
      </Panel>
    )}
  </Page>
);
