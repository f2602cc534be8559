/** Arms of a study, and which visits belong to which. */
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";

export interface ArmLine {
  readonly id: string;
  readonly name: string;
  readonly participants: number;
  readonly rename: string;
  readonly move: string;
  readonly remove: string;
}
export interface ArmVisit {
  readonly title: string;
  /** In the order of the arms. */
  readonly cells: readonly { readonly value: string; readonly isPlanned: boolean }[];
}

export const ArmsPage = (props: {
  readonly crumbs: readonly Crumb[];
  readonly editable: boolean;
  /** Something tells the allocation in this study: then no visit may, and none is published that does. */
  readonly isBlinded: boolean;
  readonly arms: readonly ArmLine[];
  readonly visits: readonly ArmVisit[];
  readonly add: string;
  readonly plan: string;
  readonly form?: FormState | undefined;
}): Html => {
  const { arms, editable, form } = props;
  const chosen = form?.values?.planned;
  const typed = chosen === undefined ? null : new Set([chosen].flat());
  return (
    <Page
      title="Arms"
      crumbs={props.crumbs}
      lead="Groups of participants that are treated differently. A visit is planned in every arm unless you say otherwise."
      form={form}
    >
      <DataTable
        caption={arms.length === 1 ? "One arm" : `${arms.length} arms`}
        columns={[
          { key: "name", head: "Arm", wrap: true, cell: (line: ArmLine) => line.name },
          { key: "people", head: "Participants", align: "end", cell: (line) => line.participants },
          ...(editable
            ? [
                {
                  key: "rename",
                  head: "New name",
                  cell: (line: ArmLine) => (
                    <form method="post" action={line.rename} class="row">
                      <input
                        type="text"
                        name="name"
                        value={line.name}
                        maxlength={200}
                        required
                        aria-label={`Name of ${line.name}`}
                      />
                      <Button>Rename</Button>
                    </form>
                  ),
                },
                {
                  key: "order",
                  head: "Order",
                  cell: (line: ArmLine) => (
                    <span class="row">
                      {line !== arms[0] && (
                        <PostButton action={line.move} tone="quiet" fields={{ direction: "up" }} about={line.name}>
                          Up
                        </PostButton>
                      )}
                      {line !== arms.at(-1) && (
                        <PostButton action={line.move} tone="quiet" fields={{ direction: "down" }} about={line.name}>
                          Down
                        </PostButton>
                      )}
                      <PostButton action={line.remove} tone="quiet" about={line.name}>
                        Remove
                      </PostButton>
                    </span>
                  ),
                },
              ]
            : []),
        ]}
        rows={arms}
        empty={
          <Empty title="One group">
            Without arms every participant is asked the same. {editable ? "Add the first arm below." : ""}
          </Empty>
        }
      />
      {editable && (
        <Form action={props.add} guard={false}>
          <TextField
            name="title"
            label="Add an arm"
            hint="As the protocol names it: Guided walking, Usual care."
            form={form}
          />
          <FormFoot>
            <Button>Add the arm</Button>
          </FormFoot>
        </Form>
      )}
      {arms.length > 0 && props.visits.length > 0 && (
        <form method="post" action={props.plan} class="stack">
          {props.isBlinded && (
            <Note tone="warn">
              This study has fields that tell the allocation. A visit that is planned in some arms only would tell it
              too, so such a version cannot be published.
            </Note>
          )}
          {form?.errors?.planned && <p class="error">{form.errors.planned}</p>}
          <DataTable
            caption="Which visits belong to which arm"
            scroll
            columns={[
              { key: "visit", head: "Visit", cell: (visit: ArmVisit) => visit.title },
              ...arms.map((arm, n) => ({
                key: arm.id,
                head: arm.name,
                cell: (visit: ArmVisit) => {
                  const cell = visit.cells[n];
                  return cell ? (
                    <input
                      type="checkbox"
                      name="planned"
                      value={cell.value}
                      checked={typed ? typed.has(cell.value) : cell.isPlanned}
                      disabled={!editable}
                      aria-label={`${visit.title} in ${arm.name}`}
                    />
                  ) : null;
                },
              })),
            ]}
            rows={props.visits}
          />
          {editable && (
            <p>
              <Button tone="primary">Save the visits of each arm</Button>
            </p>
          )}
        </form>
      )}
    </Page>
  );
};
