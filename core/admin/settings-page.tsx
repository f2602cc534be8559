/** A module's settings as a form, made from its schema, with the changes that led here. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { type FieldValue, Form, FormFoot, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Panel } from "@views/panel.tsx";
import { SchemaForm } from "@views/schema-form.tsx";
import { Timeline } from "@views/timeline.tsx";
import { type PastSettings, REASON, type SettingsModule } from "./module-settings.ts";

export interface SettingsView {
  readonly module: SettingsModule;
  readonly workspace: string;
  readonly crumbs: readonly Crumb[];
  readonly action: string;
  readonly back: string;
  readonly now: Readonly<Record<string, unknown>>;
  readonly past: readonly PastSettings[];
}

export const settingsPage = (view: SettingsView, form?: FormState): Html => (
  <Page
    title={`Settings of ${view.module.title}`}
    crumbs={view.crumbs}
    lead={`They hold for ${view.workspace} and nowhere else.`}
    form={form}
    aside={
      <Panel title="Changes">
        {view.past.length === 0 ? (
          <p>Never changed: the module's own defaults hold.</p>
        ) : (
          <Timeline
            happenings={view.past.map(({ at, by, what, reason }) => ({
              at,
              what: `${by}: ${what}`,
              ...(reason ? { reason } : {}),
            }))}
          />
        )}
      </Panel>
    }
  >
    <Form action={view.action}>
      <SchemaForm schema={view.module.settings} form={form} values={view.now as Readonly<Record<string, FieldValue>>} />
      <TextField name={REASON} label="Why is this changed?" form={form} maxlength={500} width="full" />
      <FormFoot>
        <Button tone="primary">Save</Button>
        <ButtonLink href={view.back}>Cancel</ButtonLink>
      </FormFoot>
    </Form>
  </Page>
);

export interface SettingsLine {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
}

export const settingsListPage = (
  workspace: { title: string; slug: string },
  modules: readonly SettingsLine[],
): Html => (
  <Page title="Settings" crumbs={[{ label: workspace.title, href: `/w/${workspace.slug}` }]}>
    {modules.length === 0 ? (
      <Panel>
        <Empty title="Nothing to set here">
          No module that is switched on in this workspace has settings. The institution's administrator switches modules
          on.
        </Empty>
      </Panel>
    ) : (
      <div class="stack">
        {modules.map((module) => (
          <Panel title={module.title}>
            <p>{module.summary}</p>
            <p>
              <ButtonLink href={`/w/${workspace.slug}/settings/${module.id}`}>
                Change<span class="hidden-text">{` the settings of ${module.title}`}</span>
              </ButtonLink>
            </p>
          </Panel>
        ))}
      </div>
    )}
  </Page>
);
