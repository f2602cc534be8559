/** What a child reads: one form for one span of ages. */
import { Button, ButtonLink } from "@views/button.tsx";
import { Form, FormFoot, NumberField, TextArea } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { questionsAsText, sectionsAsText } from "../assent.ts";
import type { PartProps } from "./documents.tsx";

export const AssentPage = ({ title, crumbs, here, content, ordinal, part, form }: PartProps): Html => {
  const assent = content.assents?.find(({ id }) => id === part);
  return (
    <Page
      title={assent ? `For children from ${assent.from} to ${assent.to}` : "A text for children"}
      crumbs={crumbs}
      lead={`${title}. A child of this age reads and is asked this instead; the parents read the document itself.`}
      form={form}
    >
      <Form action={`${here}/assents/${part}`} hidden={{ ordinal }}>
        <NumberField name="from" label="From the age of" value={assent?.from ?? null} width="xs" form={form} />
        <NumberField name="to" label="To the age of" value={assent?.to ?? null} width="xs" form={form} />
        <TextArea
          name="sections"
          label="Text"
          hint="A part begins with “# ” and its title; below it a few short sentences; after a blank line what may be read besides."
          value={assent && sectionsAsText(assent.sections).split("\n")}
          rows={14}
          form={form}
        />
        <TextArea
          name="questions"
          label="Questions of understanding"
          hint="The question; its answers, each after “- ”, the right one after “* ”; then what explains it. A blank line between two."
          optional
          value={assent && questionsAsText(assent.questions).split("\n")}
          rows={6}
          form={form}
        />
        <TextArea
          name="agreements"
          label="Agreements needed to sign"
          hint="One a line: “I want to take part.”"
          value={assent?.agreements.map(({ text }) => text)}
          rows={3}
          form={form}
        />
        <FormFoot>
          <Button tone="primary" name="act" value="save">
            Save
          </Button>
          {assent && (
            <Button tone="danger" name="act" value="remove">
              Take it out
            </Button>
          )}
          <ButtonLink href={here} tone="quiet">
            Back
          </ButtonLink>
        </FormFoot>
      </Form>
    </Page>
  );
};
