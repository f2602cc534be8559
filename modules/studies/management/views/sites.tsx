/** Sites: the list, and one with what it has ready, whom to call and how it recruits. */
import type { Signing } from "@core/module.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge, type Tone } from "@views/badge.tsx";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, FormFoot, type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { duties, dutyNames, type SiteState } from "../rules/activation.ts";

const tones: Readonly<Record<SiteState, Tone>> = {
  planned: "none",
  "in set-up": "info",
  ready: "warn",
  active: "ok",
  "ethics expired": "bad",
  closed: "locked",
};

interface SiteFacts {
  readonly label: string;
  readonly state: SiteState;
  readonly since: Date | null;
  readonly ethicsUntil: string | null;
  readonly missing: readonly string[];
  readonly included: number;
  readonly target: number | null;
}
interface SiteLine extends SiteFacts {
  readonly href: string;
  readonly days: readonly unknown[];
}
const recruited = ({ included, target }: SiteFacts): string =>
  target === null ? String(included) : `${included} of ${target}`;

export const SitesPage = ({ sites, steps }: { readonly sites: readonly SiteLine[]; readonly steps: number }): Html => (
  <Page title="Sites" lead="What each site has ready, and since when it takes participants in.">
    <DataTable
      caption={sites.length === 1 ? "1 site" : `${sites.length} sites`}
      columns={[
        { key: "site", head: "Site", cell: (site: SiteLine) => <a href={site.href}>{site.label}</a> },
        { key: "state", head: "State", cell: (site) => <Badge tone={tones[site.state]}>{site.state}</Badge> },
        { key: "steps", head: "Steps done", align: "end", cell: (site) => `${site.days.length} of ${steps}` },
        { key: "included", head: "Included", align: "end", cell: recruited },
        { key: "ethics", head: "Ethics until", cell: (site) => site.ethicsUntil ?? "" },
        {
          key: "missing",
          head: "Documents missing or expired",
          wrap: true,
          cell: (site) => (site.missing.length === 0 ? "none" : site.missing.join(", ")),
        },
      ]}
      rows={sites}
      empty={<Empty title="No site">An administrator adds sites to the workspace.</Empty>}
    />
  </Page>
);

export interface SiteProps extends SiteFacts {
  readonly crumbs: readonly Crumb[];
  readonly recruitment: string | null;
  readonly steps: readonly { readonly title: string; readonly on: string | null; readonly action: string | null }[];
  readonly contacts: readonly {
    readonly duty: string;
    readonly name: string;
    readonly email: string;
    readonly phone: string;
    readonly end: string | null;
  }[];
  readonly addContact: string | null;
  readonly signing: Signing | null;
  readonly activate: string | null;
  readonly close: string | null;
  readonly form?: FormState | undefined;
}
export const SitePage = (site: SiteProps): Html => (
  <Page
    title={`Site ${site.label}`}
    crumbs={site.crumbs}
    badge={<Badge tone={tones[site.state]}>{site.state}</Badge>}
    form={site.form}
    aside={
      <Panel title="Before it takes anybody in">
        <ul class="choices">
          {site.steps.map(({ title, on, action }) => (
            <li>
              <span>{title}</span>
              {on ? (
                <Badge tone="ok">{on}</Badge>
              ) : action ? (
                <PostButton action={action} tone="quiet" about={title}>
                  Done today
                </PostButton>
              ) : (
                <Badge tone="none">open</Badge>
              )}
            </li>
          ))}
        </ul>
      </Panel>
    }
  >
    {site.missing.length > 0 && (
      <Note tone="warn">
        <p>Documents missing or expired: {site.missing.join(", ")}.</p>
      </Note>
    )}
    <Panel>
      <Facts
        facts={[
          ...(site.since
            ? [
                {
                  term: site.state === "closed" ? "Closed" : "Active since",
                  value: <Time at={site.since} show="day" />,
                },
              ]
            : []),
          { term: "Ethics approval until", value: site.ethicsUntil ?? "the study's own, or none filed" },
          {
            term: "Included",
            value: site.recruitment ? <a href={site.recruitment}>{recruited(site)}</a> : recruited(site),
          },
        ]}
      />
    </Panel>
    {site.activate && site.signing && (
      <Form action={site.activate} panel>
        <SignatureField signing={site.signing} form={site.form} />
        <FormFoot>
          <Button tone="primary">Activate the site</Button>
        </FormFoot>
      </Form>
    )}
    <DataTable
      caption="Whom to call"
      columns={[
        { key: "name", head: "Name", cell: (line: SiteProps["contacts"][number]) => line.name },
        { key: "duty", head: "Answers for", cell: (line) => line.duty },
        { key: "phone", head: "Phone", cell: (line) => line.phone && <a href={`tel:${line.phone}`}>{line.phone}</a> },
        {
          key: "email",
          head: "E-mail",
          cell: (line) => line.email && <a href={`mailto:${line.email}`}>{line.email}</a>,
        },
        {
          key: "end",
          head: "Not any more",
          cell: (line) =>
            line.end && (
              <PostButton action={line.end} tone="quiet" about={line.name}>
                End
              </PostButton>
            ),
        },
      ]}
      rows={site.contacts}
      empty={<Empty title="Nobody is entered">Enter who answers for what at this site.</Empty>}
    />
    {site.addContact && (
      <Panel title="Enter somebody to call">
        <Form action={site.addContact} panel={false}>
          <Select
            name="duty"
            label="Answers for"
            options={dutyNames.map((value) => ({ value, label: duties[value] }))}
            empty="Choose"
            form={site.form}
          />
          <TextField
            name="name"
            label="Name"
            hint="Staff of the site, never a participant."
            autocomplete="off"
            form={site.form}
          />
          <TextField name="phone" label="Phone" optional autocomplete="off" form={site.form} />
          <TextField name="email" label="E-mail" type="email" optional width="l" autocomplete="off" form={site.form} />
          <Button tone="primary">Enter</Button>
        </Form>
      </Panel>
    )}
    {site.close && (
      <Panel title="Close the site">
        <Form action={site.close} panel={false} guard={false}>
          <TextField
            name="reason"
            label="Reason"
            hint="Nobody is taken in at a closed site."
            width="l"
            form={site.form}
          />
          <Button tone="danger">Close</Button>
        </Form>
      </Panel>
    )}
  </Page>
);
