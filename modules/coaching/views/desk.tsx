/** What the service is run by: who is on duty, its numbers, its ready answers. */
import { Badge } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Fieldset, Form, FormFoot, type FormState, NumberField, Select, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { type Duty, duties } from "../incident.ts";
import type { DutyView, MacrosView, NumbersView } from "../routes/rules.ts";

type WithForm = { readonly form?: FormState | undefined };

export const rungTitles: Readonly<Record<Duty, string>> = {
  crisis: "Crisis duty",
  clinician: "Clinician on call",
  coach: "Coach on call",
  supervisor: "Supervisor",
  "medical-director": "Medical director",
  "phone-tree": "Telephone tree",
};

export const DutyPage = ({ action, mayPlan, now, people, shifts, form }: DutyView & WithForm): Html => {
  const empty = duties.filter((rung) => !shifts.some((shift) => shift.isNow && shift.rung === rung));
  return (
    <Page
      title="On duty"
      lead="An incident pages the rungs from the first to the last until somebody answers: the member’s coach and the coach on call, the supervisor, the medical director, the telephone tree. In a crisis the crisis duty is called with the first rung; for a very high value the clinician on call is. A rung without anybody on duty is passed at once."
      form={form}
    >
      {empty.length > 0 && (
        <Note tone="warn">
          Nobody is on duty now as: {empty.map((rung) => rungTitles[rung].toLowerCase()).join(", ")}. A page there
          reaches nobody, says so in the incident, and calls the next.
        </Note>
      )}
      <DataTable
        caption="Now and later"
        columns={[
          { key: "name", head: "Who", cell: (row: DutyView["shifts"][number]) => row.name },
          { key: "rung", head: "As", cell: (row) => rungTitles[row.rung] },
          { key: "from", head: "From", cell: (row) => <Time at={row.fromAt} /> },
          { key: "to", head: "To", cell: (row) => <Time at={row.toAt} /> },
          { key: "now", head: "State", cell: (row) => (row.isNow ? <Badge tone="ok">On duty</Badge> : "Later") },
          {
            key: "end",
            head: "Actions",
            quiet: true,
            cell: (row) =>
              mayPlan && (
                <PostButton action={row.endHref} tone="quiet" about={row.name}>
                  End
                </PostButton>
              ),
          },
        ]}
        rows={shifts}
        empty={
          <Empty title="Nobody is planned">
            Without anybody on duty an incident pages the member’s own coach alone.
          </Empty>
        }
      />
      {mayPlan && (
        <Form action={action} panel guard>
          <Fieldset legend="Plan a shift">
            <Select name="personId" label="Who" empty="Choose" options={people} form={form} />
            <Select
              name="rung"
              label="As"
              empty="Choose"
              options={duties.map((value) => ({ value, label: rungTitles[value] }))}
              form={form}
            />
            <div class="row">
              <TextField
                name="from"
                label="From (UTC)"
                hint="2026-11-02 08:00"
                width="m"
                value={now.toISOString().slice(0, 16).replace("T", " ")}
                form={form}
              />
              <NumberField name="hours" label="Hours" value="12" form={form} />
            </div>
            <TextField
              name="phone"
              type="tel"
              label="Mobile number for pages"
              hint="Stored sealed. A page names no member. Without one a mail is sent alone."
              optional
              form={form}
            />
          </Fieldset>
          <FormFoot>
            <Button tone="primary">Plan</Button>
          </FormFoot>
        </Form>
      )}
    </Page>
  );
};

export const NumbersPage = ({ action, crumbs, hooks, numbers, form }: NumbersView & WithForm): Html => (
  <Page
    title="Numbers of the service"
    crumbs={crumbs}
    lead="What members text. Texts go out from the newest that stands."
    form={form}
    aside={
      <Panel title="For the provider">
        <p>Give these addresses, below this institution’s own host, to the provider that carries the texts.</p>
        <Facts
          stacked
          facts={[
            { term: "Twilio: incoming messages and status", value: <span class="mono">{hooks.twilio}</span> },
            { term: "Amazon SNS, signature version 2", value: <span class="mono">{hooks.aws}</span> },
          ]}
        />
        <p class="muted">
          Turn the provider’s own keyword answers off, or STOP is answered twice. Which provider may carry texts is the
          administrator’s register.
        </p>
      </Panel>
    }
  >
    <DataTable
      caption="Numbers that stand"
      columns={[
        {
          key: "phone",
          head: "Number",
          cell: (row: NumbersView["numbers"][number]) => <span class="mono">{row.phone}</span>,
        },
        { key: "kind", head: "Kind", cell: (row) => row.kind },
        {
          key: "registered",
          head: "Registration",
          cell: (row) => row.registeredAs ?? <Badge tone="warn">Not noted</Badge>,
        },
        { key: "since", head: "Since", cell: (row) => <Time at={row.madeAt} show="day" /> },
        {
          key: "end",
          head: "Actions",
          quiet: true,
          cell: (row) => (
            <PostButton action={row.endHref} tone="quiet" about={row.phone}>
              End
            </PostButton>
          ),
        },
      ]}
      rows={numbers}
      empty={<Empty title="No number yet">A toll-free or registered local number, as the carrier gave it.</Empty>}
    />
    <Form action={action} panel>
      <Fieldset legend="Add a number">
        <TextField name="phone" type="tel" label="Number" width="m" form={form} />
        <Select
          name="kind"
          label="Kind"
          empty="Choose"
          options={[
            { value: "toll-free", label: "Toll-free" },
            { value: "local", label: "Local (10DLC)" },
            { value: "short", label: "Short code" },
          ]}
          form={form}
        />
        <TextField
          name="registeredAs"
          label="Registration"
          hint="The campaign or verification, as the carrier calls it."
          optional
          form={form}
        />
      </Fieldset>
      <FormFoot>
        <Button tone="primary">Add</Button>
      </FormFoot>
    </Form>
  </Page>
);

export const MacrosPage = ({ action, crumbs, macros, form }: MacrosView & WithForm): Html => (
  <Page
    title="Ready answers"
    crumbs={crumbs}
    lead="A coach finds them beside every conversation and may change the words."
    form={form}
  >
    <DataTable
      caption="Ready answers"
      columns={[
        { key: "title", head: "Title", cell: (row: MacrosView["macros"][number]) => row.title },
        { key: "en", head: "English", wrap: true, cell: (row) => row.en },
        { key: "es", head: "Spanish", wrap: true, cell: (row) => row.es },
        {
          key: "end",
          head: "Actions",
          quiet: true,
          cell: (row) => (
            <PostButton action={row.endHref} tone="quiet" about={row.title}>
              Take off
            </PostButton>
          ),
        },
      ]}
      rows={macros}
      empty={<Empty title="None yet">Words that coaches write again and again.</Empty>}
    />
    <Form action={action} panel>
      <Fieldset legend="Keep one">
        <TextField name="title" label="Title" width="m" form={form} />
        <TextArea name="en" label="English" rows={2} maxlength={320} form={form} />
        <TextArea name="es" label="Spanish" rows={2} maxlength={320} form={form} />
      </Fieldset>
      <FormFoot>
        <Button tone="primary">Keep</Button>
      </FormFoot>
    </Form>
  </Page>
);
