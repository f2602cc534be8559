/** One field of a form: its control, why it may stay empty, what it said before, and what is asked about it. */
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink } from "@views/button.tsx";
import {
  CheckboxGroup,
  DateField,
  Field,
  type FormState,
  fieldId,
  NumberField,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Time } from "@views/time.tsx";
import type { ShownFile } from "../capture/attaching.ts";
import type { ItemType, NullFlavour } from "../model/build.ts";
import { type FieldWords, surveyWordsIn } from "../survey-words.ts";

export interface FieldOption {
  readonly value: string;
  readonly label: string;
}

export interface FieldVersion {
  readonly text: string;
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
  readonly source: string;
  /** A file that can be fetched. */
  readonly href?: string | null;
}

/** What a field of kind file or signature has, and where another is given. */
export interface FieldFile {
  readonly shown: ShownFile | null;
  /** Null: nothing can be given now. */
  readonly give: string | null;
  /** The form is saved on the way there. */
  readonly saves: boolean;
}

export interface SheetField {
  readonly id: string;
  readonly type: ItemType;
  readonly label: string;
  readonly hint: string;
  readonly required: boolean;
  readonly calculated: boolean;
  readonly options: readonly FieldOption[];
  readonly columns: readonly FieldOption[];
  readonly units: readonly FieldOption[];
  readonly nullFlavours: readonly NullFlavour[];
  readonly raw: string | null;
  readonly nullFlavour: NullFlavour | null;
  readonly unit: string | null;
  readonly version: number;
  /** There is an answer, and this person may not open it. */
  readonly isClosed: boolean;
  readonly encrypted: boolean;
  readonly problem: string | null;
  readonly warning: string | null;
  /** Set when the answer needs a reason before it is saved: the name of that field. */
  readonly accept: string | null;
  readonly disabled: boolean;
  readonly history: readonly FieldVersion[];
  readonly queries: readonly { readonly href: string; readonly state: string; readonly text: string }[];
  readonly verified: string | null;
  readonly ask: string | null;
  readonly file: FieldFile | null;
  /** A lock of this very answer, and where one is set. */
  readonly lock?: "frozen" | "locked" | null;
  readonly freeze?: string | null;
  readonly conflict: { readonly theirs: string; readonly mine: string; readonly by: string; readonly at: Date } | null;
}

export const flavours: Readonly<Record<NullFlavour, string>> = {
  "not-done": "Not done",
  unknown: "Unknown",
  "not-applicable": "Not applicable",
};

const flag = ["open", "answered"];

const english: FieldWords = surveyWordsIn.en.field;

export const SheetFieldView = ({
  field,
  form,
  words = { ...english, computed: "Computed when the form is saved.", flavours },
}: {
  field: SheetField;
  form?: FormState | undefined;
  /** In the language of the participant who fills it in. */
  words?: FieldWords;
}): Html => {
  const waiting = field.queries.filter(({ state }) => flag.includes(state));
  const beside: Child = (
    <>
      {field.lock && <Badge tone="locked">{field.lock}</Badge>}
      {field.verified && <Badge tone={field.verified === "Verified" ? "ok" : "warn"}>{field.verified}</Badge>}
      {waiting.map((query) => (
        <a href={query.href}>
          <Badge tone={query.state === "open" ? "query" : "info"}>
            {query.state === "open" ? "Query" : "Answered"}
          </Badge>
        </a>
      ))}
    </>
  );
  const below: Child = <Below field={field} form={form} words={words} />;
  const name = `v.${field.id}`;
  const common = {
    name,
    label: field.label,
    hint: field.isClosed ? "Encrypted. It is filled in; typing here replaces it." : field.hint || undefined,
    form,
    required: field.required,
    disabled: field.disabled || field.calculated,
    warning: field.warning ?? undefined,
    beside,
    below,
  };
  return (
    <div class="stack" id={`f-${fieldId(field.id)}`}>
      {!field.disabled && <input type="hidden" name={`b.${field.id}`} value={baseOf(field, form)} />}
      {field.conflict && <input type="hidden" name={`c.${field.id}`} value="1" />}
      <Control field={field} common={common} form={form} words={words} />
    </div>
  );
};

/** Pressing Enter in a field saves the form: without this it would press the first button, which leads to a file. */
export const EnterSaves = ({
  sections,
}: {
  sections: readonly { readonly fields: readonly SheetField[] }[];
}): Html | null =>
  sections.some(({ fields }) => fields.some(({ file }) => file?.give && file.saves)) ? (
    <button type="submit" name="act" value="save" hidden>
      Save
    </button>
  ) : null;

/** What the page showed when it was opened, also after it was refused: else a change in between would go unseen. */
function baseOf(field: SheetField, form: FormState | undefined): string {
  const typed = form?.values?.[`b.${field.id}`];
  return field.conflict || typeof typed !== "string" ? String(field.version) : typed;
}

type Common = Parameters<typeof TextField>[0];

const Control = ({
  field,
  common,
  form,
  words,
}: {
  field: SheetField;
  common: Common;
  form: FormState | undefined;
  words: FieldWords;
}): Html => {
  const { type, raw } = field;
  const single = field.units.length === 1 ? field.units[0]?.label : undefined;
  const units = field.units.length > 1 && (
    <Select
      name={`u.${field.id}`}
      label={words.unit}
      options={field.units}
      value={field.unit ?? field.units[0]?.value}
      disabled={field.disabled}
      form={form}
    />
  );
  if (field.calculated)
    return (
      <Field {...common} label={field.label} hint={field.hint || words.computed}>
        <output id={fieldId(common.name)} class="mono">
          {raw ?? words.noResult}
          {raw !== null && single ? ` ${single}` : ""}
        </output>
      </Field>
    );
  switch (type.is) {
    case "label":
      return <p>{field.label}</p>;
    case "text":
      return type.long ? (
        <TextArea {...common} value={raw} rows={4} />
      ) : (
        <TextField {...common} value={raw} width="l" autocomplete="off" spellcheck={false} />
      );
    case "integer":
    case "decimal":
      return (
        <>
          <NumberField {...common} value={raw} decimal={type.is === "decimal"} unit={single} />
          {units}
        </>
      );
    case "boolean":
      return (
        <RadioGroup
          {...common}
          inline
          options={withNone(
            [
              { value: "1", label: words.yes },
              { value: "0", label: words.no },
            ],
            raw,
            words,
          )}
          value={raw}
        />
      );
    case "date":
      return type.partial ? (
        <TextField {...common} value={raw} width="m" hint={common.hint ?? words.partial} autocomplete="off" />
      ) : (
        <DateField {...common} value={raw} />
      );
    case "time":
      return <TextField {...common} value={raw} width="s" hint={common.hint ?? "14:05"} autocomplete="off" />;
    case "datetime":
      return (
        <TextField {...common} value={raw} width="m" hint={common.hint ?? "2026-03-15T14:05"} autocomplete="off" />
      );
    case "choice":
      return field.options.length > 7 ? (
        <Select {...common} empty={words.choose} options={field.options} value={raw} />
      ) : (
        <RadioGroup
          {...common}
          inline={field.options.length <= 3}
          options={withNone(field.options, raw, words)}
          value={raw}
        />
      );
    case "choices":
      return <CheckboxGroup {...common} options={field.options} value={raw === null ? [] : raw.split("|")} />;
    case "grid": {
      const chosen = new Map((raw ?? "").split("|").map((cell) => cell.split("=", 2) as [string, string]));
      return (
        <Field {...common} group>
          {field.options.map((row) =>
            type.several ? (
              <CheckboxGroup
                name={`g.${field.id}~${row.value}`}
                label={row.label}
                options={field.columns}
                value={(chosen.get(row.value) ?? "").split("+")}
                disabled={field.disabled}
                form={form}
              />
            ) : (
              <Select
                name={`g.${field.id}~${row.value}`}
                label={row.label}
                empty={words.choose}
                options={field.columns}
                value={chosen.get(row.value) ?? ""}
                disabled={field.disabled}
                form={form}
              />
            ),
          )}
        </Field>
      );
    }
    default:
      return <Kept field={field} common={common} words={words} />;
  }
};

/** A file is given on a page of its own, so that nothing of it is lost when another field of the form is refused. */
const Kept = ({ field, common, words }: { field: SheetField; common: Common; words: FieldWords }): Html => {
  const { file: said } = words;
  const has = field.raw !== null || field.isClosed;
  const isSignature = field.type.is === "signature";
  const shown = field.file?.shown ?? null;
  const act = isSignature ? (has ? said.signAgain : said.sign) : has ? said.replace : said.add;
  const named = (
    <>
      {act}
      <span class="hidden-text">: {field.label}</span>
    </>
  );
  return (
    <Field {...common} group>
      {shown ? (
        <KeptFile shown={shown} label={field.label} />
      ) : (
        <p class={has ? undefined : "muted"}>{has && !field.isClosed ? field.raw : has ? "" : said.none}</p>
      )}
      {field.file?.give &&
        (field.file.saves ? (
          <Button name="go" value={field.id}>
            {named}
          </Button>
        ) : (
          <ButtonLink href={field.file.give}>{named}</ButtonLink>
        ))}
    </Field>
  );
};

export const KeptFile = ({ shown, label }: { shown: ShownFile; label: string }): Html => (
  <div class="stack">
    {shown.picture && <img class="drawn" src={shown.picture} alt={`${label}: ${shown.name}`} />}
    <p>
      {shown.href ? (
        <a href={shown.href} download>
          {shown.name}
        </a>
      ) : (
        shown.name
      )}{" "}
      <span class="muted">{shown.detail}</span>
    </p>
  </div>
);

/** A chosen radio button cannot be taken back by itself. */
const withNone = (options: readonly FieldOption[], raw: string | null, words: FieldWords): readonly FieldOption[] =>
  raw === null ? options : [...options, { value: "", label: words.none }];

const Below = ({ field, form, words }: { field: SheetField; form: FormState | undefined; words: FieldWords }): Html => (
  <>
    {field.problem && <p class="warning">{field.problem}</p>}
    {field.accept && <TextField name={field.accept} label="Or it is right, because" width="full" form={form} />}
    {field.conflict && (
      <RadioGroup
        name={`m.${field.id}`}
        label={`${field.conflict.by} saved another answer meanwhile`}
        options={[
          { value: "theirs", label: `Keep theirs: ${field.conflict.theirs}` },
          { value: "mine", label: `Take mine: ${field.conflict.mine}` },
        ]}
        form={form}
      />
    )}
    {field.nullFlavours.length > 0 && !field.calculated && (
      <details open={field.nullFlavour !== null}>
        <summary>
          {words.noAnswer}
          <span class="hidden-text"> {field.label}</span>
        </summary>
        <Select
          name={`n.${field.id}`}
          label={words.whyNone}
          empty="—"
          options={field.nullFlavours.map((one) => ({ value: one, label: words.flavours[one] }))}
          value={field.nullFlavour}
          disabled={field.disabled}
          form={form}
        />
      </details>
    )}
    {(field.history.length > 1 || field.ask || field.freeze || field.queries.length > 0) && (
      <details>
        <summary>
          {field.history.length > 1
            ? `Changed ${field.history.length - 1}×`
            : field.queries.length > 0
              ? "Queries"
              : "More"}
          <span class="hidden-text"> {field.label}</span>
        </summary>
        {field.history.length > 0 && (
          <ul>
            {field.history.map((version) => (
              <li>
                {version.href ? (
                  <a href={version.href} download>
                    {version.text}
                  </a>
                ) : (
                  <strong>{version.text}</strong>
                )}{" "}
                · {version.by} · <Time at={version.at} />
                {version.reason && ` · ${version.reason}`}
                {version.source !== "entry" && ` · by ${version.source}`}
              </li>
            ))}
          </ul>
        )}
        {field.queries.map((query) => (
          <p>
            <a href={query.href}>Query, {query.state}</a>: {query.text}
          </p>
        ))}
        {field.ask && (
          <p>
            <a href={field.ask}>
              Ask about this answer<span class="hidden-text">: {field.label}</span>
            </a>
          </p>
        )}
        {field.freeze && (
          <p>
            <a href={field.freeze}>
              Freeze or lock this answer<span class="hidden-text">: {field.label}</span>
            </a>
          </p>
        )}
      </details>
    )}
  </>
);
