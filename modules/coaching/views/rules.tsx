/** The safety rules as a clinician reads them: limits, words, times, texts; and the signature under them. */
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Fieldset, Form, FormFoot, type FormState, NumberField, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import type { RuleSetView, RulesView } from "../routes/rules.ts";
import { fixedTexts, textOf } from "../templates.ts";
import { type Tier, tierInWords, tiers } from "../tier.ts";

export const RulesPage = (props: RulesView & { readonly form?: FormState | undefined }): Html => {
  const { inForce, sets, mayWrite, action, adoptHref, gateHref, form } = props;
  const { glucose, handling } = inForce.ruleSet;
  return (
    <Page
      title="Safety rules"
      lead="They read every message before anything else does, and work without any model. A clinician of this institution signs each version."
      actions={gateHref && <ButtonLink href={gateHref}>Release gate</ButtonLink>}
      form={form}
    >
      {inForce.signed ? (
        <Note>
          <p>
            In force: version {inForce.label}, signed by {inForce.signed.by} ({inForce.signed.credentials}),{" "}
            <Time at={inForce.signed.at} />.
          </p>
        </Note>
      ) : (
        <Note tone="warn">
          <p>
            No clinician of this institution has signed the rules and fixed texts as they are now, and none has read the
            lists that Cairn brings. Until one signs, those lists only watch: they answer danger with the fixed texts
            and call people. No model is asked, no journey goes on, and nothing else is sent by the machine.
          </p>
        </Note>
      )}
      <DataTable
        caption="Versions, the newest first"
        columns={[
          {
            key: "version",
            head: "Version",
            cell: (row: RulesView["sets"][number]) => <a href={row.href}>{row.version}</a>,
          },
          { key: "why", head: "What changed", wrap: true, cell: (row) => row.reason },
          { key: "at", head: "Proposed", cell: (row) => <Time at={row.madeAt} /> },
          {
            key: "signed",
            head: "Signed by",
            wrap: "narrow",
            cell: (row) => {
              const [newest] = row.signatures;
              if (!newest) return <Badge tone="warn">Nobody yet</Badge>;
              return (
                <>
                  {newest.name}, {newest.credentials}{" "}
                  {!newest.isCurrent && <Badge tone="warn">The fixed texts changed since</Badge>}
                </>
              );
            },
          },
        ]}
        rows={sets}
        empty={
          <Empty
            title="No version yet"
            action={
              adoptHref && (
                <PostButton action={adoptHref} tone="primary">
                  Propose the rules that Cairn brings
                </PostButton>
              )
            }
          >
            Begin with the rules as Cairn brings them; a clinician reads and signs them.
          </Empty>
        }
      />
      {mayWrite && sets.length > 0 && (
        <Form action={action} panel guard>
          <Fieldset
            legend="Propose a new version"
            hint="Only towards more caution: limits move outwards, times get shorter, words are added. Anything else is refused with the reason."
          >
            <TextField name="version" label="Version" width="m" form={form} />
            <TextField name="reason" label="What changed and why" width="full" form={form} />
          </Fieldset>
          <Fieldset legend="Limits in mg/dL">
            <div class="row">
              <NumberField
                name="veryLowBelow"
                label="Very low below"
                value={String(glucose.veryLowBelow)}
                form={form}
              />
              <NumberField name="lowBelow" label="Low below" value={String(glucose.lowBelow)} form={form} />
              <NumberField name="highAbove" label="High above" value={String(glucose.highAbove)} form={form} />
              <NumberField
                name="highAtRiskFrom"
                label="High with a risk from"
                value={String(glucose.highAtRiskFrom)}
                form={form}
              />
              <NumberField
                name="veryHighFrom"
                label="Very high from"
                value={String(glucose.veryHighFrom)}
                form={form}
              />
            </div>
          </Fieldset>
          <Fieldset legend="Minutes until somebody must have answered">
            <div class="row">
              <NumberField name="emergencyMinutes" label="Emergency" value={minutesOf(handling.E1)} form={form} />
              <NumberField name="crisisMinutes" label="Crisis" value={minutesOf(handling.C)} form={form} />
              <NumberField name="veryLowMinutes" label="Very low value" value={minutesOf(handling.H2)} form={form} />
              <NumberField name="veryHighMinutes" label="Very high value" value={minutesOf(handling.Y3)} form={form} />
            </div>
          </Fieldset>
          <TextArea
            name="phrases"
            label="More words of danger"
            hint="One phrase a line, in plain small letters without marks: “my pump is broken”. Each counts as an emergency."
            optional
            rows={3}
            maxlength={4000}
            form={form}
          />
          <FormFoot>
            <Button tone="primary">Propose</Button>
          </FormFoot>
        </Form>
      )}
    </Page>
  );
};

const minutesOf = ({ acknowledgeMinutes }: { acknowledgeMinutes: number | null }) => String(acknowledgeMinutes ?? 15);

export const RuleSetPage = (props: RuleSetView & { readonly form?: FormState | undefined }): Html => {
  const { set, signatures, textsSha256, crumbs, action, maySign, signing, form } = props;
  const { glucose, handling, phrases, repeatedLows } = set.content;
  const texts = fixedTexts.map((id) => ({ id, en: textOf(id, "en"), es: textOf(id, "es") }));
  return (
    <Page title={`Safety rules ${set.version}`} crumbs={crumbs} lead={set.reason} form={form}>
      <Panel title="Limits in mg/dL, compared unrounded">
        <Facts
          facts={[
            { term: "Very low", value: `below ${glucose.veryLowBelow}` },
            { term: "Low", value: `${glucose.veryLowBelow} to below ${glucose.lowBelow}` },
            { term: "In range", value: `${glucose.lowBelow} to ${glucose.rangeUpTo}` },
            {
              term: "High",
              value: `above ${glucose.highAbove}; with illness, type 1, a pump or pregnancy from ${glucose.highAtRiskFrom}`,
            },
            { term: "Very high", value: `from ${glucose.veryHighFrom}` },
            { term: "Several lows", value: `${repeatedLows.count} within ${repeatedLows.days} days: a coach looks` },
          ]}
        />
      </Panel>
      <DataTable
        caption="What follows from each tier, the most urgent first"
        columns={[
          { key: "tier", head: "Tier", cell: (tier: Tier) => `${tierInWords[tier]} (${tier})` },
          { key: "text", head: "Fixed text", cell: (tier) => handling[tier].template ?? "A model may answer" },
          { key: "who", head: "Who is asked", cell: (tier) => handling[tier].role ?? "Nobody" },
          {
            key: "minutes",
            head: "Answer within",
            align: "end",
            cell: (tier) =>
              handling[tier].acknowledgeMinutes === null ? "" : `${handling[tier].acknowledgeMinutes} min`,
          },
          { key: "lock", head: "The bot", cell: (tier) => (handling[tier].locksBot ? "is silenced" : "") },
          {
            key: "recheck",
            head: "Asks again after",
            align: "end",
            cell: (tier) => (handling[tier].recheckMinutes === null ? "" : `${handling[tier].recheckMinutes} min`),
          },
        ]}
        rows={[...tiers].reverse()}
        scroll={false}
      />
      <DataTable
        caption={`${phrases.length} rules of words; (a|b) is one of these, … up to three words between, * any ending`}
        columns={[
          { key: "id", head: "Rule", cell: (rule: (typeof phrases)[number]) => <span class="mono">{rule.id}</span> },
          { key: "tier", head: "Tier", cell: (rule) => tierInWords[rule.tier] },
          { key: "says", head: "Says one of", wrap: true, cell: (rule) => rule.says.join("  ·  ") },
          { key: "unless", head: "Unless", wrap: true, cell: (rule) => (rule.unless ?? []).join("  ·  ") },
        ]}
        rows={phrases}
      />
      <DataTable
        caption="The fixed texts, word for word"
        columns={[
          { key: "id", head: "Text", cell: (one: (typeof texts)[number]) => one.id },
          { key: "en", head: "English", wrap: true, cell: (one) => one.en },
          { key: "es", head: "Spanish", wrap: true, cell: (one) => one.es },
        ]}
        rows={texts}
      />
      <Panel title="Signatures">
        <Facts
          facts={[
            { term: "Rules, SHA-256", value: <span class="mono">{set.sha256}</span> },
            { term: "Texts, SHA-256", value: <span class="mono">{textsSha256}</span> },
            ...signatures.map((one) => ({
              term: `${one.name}, ${one.credentials}`,
              value: (
                <>
                  <Time at={one.madeAt} show="full" />
                  {one.textsSha256 !== textsSha256 && ", for other fixed texts than today’s"}
                </>
              ),
            })),
          ]}
        />
      </Panel>
      {props.gate !== true && (
        <Note tone={props.gate === null ? "warn" : "bad"}>
          <p>
            {props.gate === null
              ? "This version was not tried at the release gate yet, and cannot be signed before."
              : "The release gate did not pass this version."}{" "}
            <a href={props.gateHref}>To the release gate</a>
          </p>
        </Note>
      )}
      <Note tone="warn">
        <p>
          No clinician had read these lists when they were written: whoever signs is the first who answers for them.
          They know words and not meaning. When 95 new messages of danger and 72 innocent ones were written to try the
          version before this one, it took 16 of 33 crises, 24 of 34 emergencies and 15 of 18 wishes to leave for what
          they were, and 8 innocent ones for more than they were. It has been mended since by what those taught, so
          nobody knows what this one misses. People have to read what the rules let pass.
        </p>
      </Note>
      {maySign && signing ? (
        <Form action={action} panel>
          <TextField
            name="credentials"
            label="Your credentials"
            hint="As in the directory: MD, NP, RN, CDCES."
            width="m"
            form={form}
          />
          <SignatureField signing={signing} form={form} />
          <FormFoot>
            <Button tone="primary">Sign version {set.version}</Button>
          </FormFoot>
        </Form>
      ) : (
        <Note>A clinician of this service signs the rules.</Note>
      )}
    </Page>
  );
};
