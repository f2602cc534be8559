/** The page on which something is destroyed for ever. */
import { Badge } from "@views/badge.tsx";
import { Button } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { Destroyed } from "./shredding.ts";

export interface ShreddingView {
  readonly workspace: { readonly title: string; readonly slug: string };
  readonly destroyed: readonly Destroyed[];
  /** When something destroyed now would be gone from every backup. */
  readonly on: Date | null;
  readonly now: Date;
}

export const shreddingPage = ({ workspace, destroyed, on, now }: ShreddingView, form?: FormState): Html => {
  const base = `/w/${workspace.slug}/shredding`;
  return (
    <Page
      title="Destroy what is sealed"
      crumbs={[{ label: workspace.title, href: `/w/${workspace.slug}` }]}
      lead="A key is destroyed, and with it everything that was sealed under it. Nobody can undo this: not an administrator, not a backup after its day."
      form={form}
    >
      <div class="stack">
        <Note tone="warn">
          {on === null ? (
            "No backup of Cairn's own holds these keys, so what you destroy now is gone at once. Copies of disks that others make are theirs to remove."
          ) : (
            <>
              What you destroy now is unreadable here at once. Backups hold the keys for 35 days: it is gone everywhere
              on <Time at={on} show="day" />. Copies of disks that others make are theirs to remove.
            </>
          )}
        </Note>
        <DataTable
          caption={destroyed.length === 1 ? "1 destroyed" : `${destroyed.length} destroyed`}
          rows={destroyed}
          empty={
            <Empty title="Nothing was destroyed here">
              When somebody's data has been destroyed, its code and its day stand here.
            </Empty>
          }
          columns={[
            { key: "code", head: "What", cell: (line) => line.code ?? "The workspace's own key" },
            { key: "at", head: "Destroyed", cell: (line) => <Time at={line.at} /> },
            { key: "by", head: "By", cell: (line) => line.by ?? <span class="muted">Unknown</span> },
            {
              key: "on",
              head: "Gone from backups",
              cell: (line) =>
                line.completeOn === null || line.completeOn <= now ? (
                  <Badge tone="ok">Yes</Badge>
                ) : (
                  <Time at={line.completeOn} show="day" />
                ),
            },
          ]}
        />
        <Panel title="One subject">
          <Form action={`${base}/subject`} panel={false}>
            <p>
              Name, birth date, telephone, e-mail, record number and every note sealed under this subject's own key. The
              pseudonymous record stays, under the code.
            </p>
            <TextField
              name="code"
              label="Code"
              width="m"
              form={form}
              maxlength={40}
              autocomplete="off"
              spellcheck={false}
            />
            <TextField
              name="again"
              label="Code once more"
              width="m"
              form={form}
              maxlength={40}
              autocomplete="off"
              spellcheck={false}
            />
            <TextArea
              name="reason"
              label="Reason"
              hint="Kept in the record. No name in it."
              rows={2}
              form={form}
              maxlength={500}
            />
            <div class="row">
              <Button tone="danger">Destroy this subject's key</Button>
            </div>
          </Form>
        </Panel>
        <Panel title="Everything sealed in this workspace">
          <Form action={`${base}/workspace`} panel={false}>
            <p>
              Every subject's key and the workspace's own. What is not sealed stays, and can be archived. Nothing sealed
              can be entered here any more either.
            </p>
            <TextField
              name="title"
              label="Name of the workspace"
              hint={`Type it to be sure: ${workspace.title}`}
              form={form}
              maxlength={200}
              autocomplete="off"
              spellcheck={false}
            />
            <TextArea
              name="all-reason"
              label="Reason for destroying all of it"
              hint="Kept in the record."
              rows={2}
              form={form}
              maxlength={500}
            />
            <div class="row">
              <Button tone="danger">Destroy all keys of the workspace</Button>
            </div>
          </Form>
        </Panel>
      </div>
    </Page>
  );
};
