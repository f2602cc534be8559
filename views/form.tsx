/**
 * Forms: one column, a bold label above each control, then its hint, its error, and a control sized to its answer.
 *
 * Every control takes the form's state (`form`), which carries what was entered and what was refused; `value` is what
 * is stored and shows when nothing was entered. The server validates: forms are `novalidate`, and a refused form comes
 * back (422) with the same page.
 */
import { Hidden } from "./button.tsx";
import { type FieldValue, type FormState, fieldId } from "./error-summary.tsx";
import { type Frame, inFrame } from "./frame.ts";
import type { Child, Html } from "./html.ts";
import { type PlainLanguage, plainWords } from "./plain-words.ts";

export { ErrorSummary, type FieldValue, type FormState, fieldId, hasErrors } from "./error-summary.tsx";

export interface FormProps {
  readonly action: string;
  readonly method?: "get" | "post" | undefined;
  /** Asks before leaving with unsaved changes. On for posts; `false` where nothing is lost. */
  readonly guard?: boolean | undefined;
  /** Where the entries are kept as a draft when the session is about to end. */
  readonly draft?: string | undefined;
  /** With files. */
  readonly upload?: boolean | undefined;
  /** Submits through htmx and swaps `#main`: keeps focus and scroll. Only where the answer is the same page. */
  readonly enhance?: boolean | undefined;
  /** In a panel of its own. Default true for posts. */
  readonly panel?: boolean | undefined;
  readonly hidden?: Readonly<Record<string, string | number>> | undefined;
  readonly children?: Child;
}

export const Form = ({
  action,
  method = "post",
  guard = method === "post",
  draft,
  upload = false,
  enhance = false,
  panel = method === "post",
  hidden = {},
  children,
}: FormProps): Html => (
  <form
    class={panel ? "form panel" : "form"}
    method={method}
    action={action}
    enctype={upload ? "multipart/form-data" : null}
    novalidate
    data-guard={guard ? "" : null}
    data-draft={draft}
    {...(enhance
      ? {
          [`hx-${method}`]: action,
          "hx-target": "#main",
          "hx-select": "#main",
          "hx-swap": "outerMorph",
          "hx-disable": "find button",
        }
      : {})}
  >
    <Hidden fields={hidden} />
    {children}
  </form>
);

/** What every control has. */
export interface ControlProps {
  readonly name: string;
  /** Of several controls of one name on a page: which, so that each label leads to its own. The first has none. */
  readonly part?: string | undefined;
  readonly label: string;
  readonly hint?: Child;
  readonly form?: FormState | undefined;
  /** Overrides the form's sentence for this field. */
  readonly error?: string | undefined;
  /** A soft check: unusual, but may be saved. */
  readonly warning?: string | undefined;
  readonly required?: boolean | undefined;
  /** Adds "(optional)" to the label. */
  readonly optional?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** Beside the control: a unit is given as `unit`, a query's badge here. */
  readonly beside?: Child;
  /** Below the control: the reason for a change, the history of the field. */
  readonly below?: Child;
}

/** How wide an answer is: a digit or two, a number, a date, a name, a line. */
export type Width = "xs" | "s" | "m" | "l" | "full";

interface Wiring {
  readonly id: string;
  readonly error: string | undefined;
  readonly describedBy: string | null;
}

/** The ids by which a control, its hint, its error and its warning know one another. */
function wire({ name, part, form, error: ownError, hint, warning }: ControlProps, unit?: string): Wiring {
  const id = fieldId(part ? `${name}-${part}` : name);
  const error = ownError ?? form?.errors?.[name];
  const parts = [hint && `${id}-hint`, error && `${id}-error`, warning && `${id}-warning`, unit && `${id}-unit`];
  return { id, error, describedBy: parts.filter(Boolean).join(" ") || null };
}

function entered(form: FormState | undefined, name: string, stored: FieldValue): FieldValue {
  return form?.values?.[name] ?? stored;
}

const asText = (value: FieldValue): string =>
  Array.isArray(value) ? value.join("\n") : value === null || value === undefined ? "" : String(value);

const asList = (value: FieldValue): readonly string[] =>
  Array.isArray(value)
    ? value.map(String)
    : value === null || value === undefined || value === ""
      ? []
      : [String(value)];

const wordsOf = (frame: Frame) => plainWords[frame.lang in plainWords ? (frame.lang as PlainLanguage) : "en"];
/** In the language of the page. */
const ErrorWord = (): Html => inFrame((frame) => <span class="hidden-text">{wordsOf(frame).error}: </span>);
const Optional = (): Html => inFrame((frame) => <span class="optional"> ({wordsOf(frame).optional})</span>);

export interface FieldProps extends ControlProps {
  readonly unit?: string | undefined;
  /** A group of controls: the label becomes a legend. */
  readonly group?: boolean | undefined;
  readonly children?: Child;
}

/** The dress of one control. The controls below wear it; use it for a control of your own with the id `fieldId(name)`. */
export const Field = (props: FieldProps): Html => {
  const { id, error, describedBy } = wire(props, props.unit);
  const caption = (
    <>
      {props.label}
      {props.optional && <Optional />}
    </>
  );
  const body = (
    <>
      {props.hint && (
        <p class="hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          <ErrorWord />
          {error}
        </p>
      )}
      {props.warning && (
        <p class="warning" id={`${id}-warning`}>
          <span class="hidden-text">Check: </span>
          {props.warning}
        </p>
      )}
      {props.unit || props.beside ? (
        <div class="beside">
          {props.children}
          {props.unit && <span id={`${id}-unit`}>{props.unit}</span>}
          {props.beside}
        </div>
      ) : (
        props.children
      )}
      {props.below}
    </>
  );
  const look = `field${error ? " field-error" : props.warning ? " field-warning" : ""}`;
  return props.group ? (
    <fieldset class={look} aria-describedby={describedBy}>
      <legend>{caption}</legend>
      {body}
    </fieldset>
  ) : (
    <div class={look}>
      <label for={id}>{caption}</label>
      {body}
    </div>
  );
};

export interface TextFieldProps extends ControlProps {
  readonly value?: string | number | null | undefined;
  readonly type?: "text" | "email" | "tel" | "url" | "password" | "search" | undefined;
  readonly width?: Width | undefined;
  readonly unit?: string | undefined;
  readonly autocomplete?: string | undefined;
  readonly inputmode?: "text" | "numeric" | "decimal" | undefined;
  readonly maxlength?: number | undefined;
  readonly spellcheck?: boolean | undefined;
  readonly autofocus?: boolean | undefined;
}

export const TextField = (props: TextFieldProps): Html => {
  const { id, error, describedBy } = wire(props, props.unit);
  const type = props.type ?? "text";
  return (
    <Field {...props}>
      <input
        id={id}
        name={props.name}
        type={type}
        class={`width-${props.width ?? "l"}`}
        // A password is never sent back, not even to the person who just typed it.
        value={type === "password" ? null : asText(entered(props.form, props.name, props.value))}
        autocomplete={props.autocomplete}
        inputmode={props.inputmode}
        maxlength={props.maxlength}
        spellcheck={props.spellcheck}
        autofocus={props.autofocus}
        required={props.required}
        disabled={props.disabled}
        aria-describedby={describedBy}
        aria-invalid={error ? true : null}
      />
    </Field>
  );
};

export interface NumberFieldProps extends ControlProps {
  readonly value?: number | string | null | undefined;
  readonly unit?: string | undefined;
  /** With a decimal point: another keyboard on phones. */
  readonly decimal?: boolean | undefined;
  readonly width?: Width | undefined;
}

/** A text field with a number pad: a number input loses what is not a number, and changes under the mouse wheel. */
export const NumberField = ({ decimal, value, ...props }: NumberFieldProps): Html => (
  <TextField
    {...props}
    value={value}
    width={props.width ?? "s"}
    inputmode={decimal ? "decimal" : "numeric"}
    autocomplete="off"
  />
);

export interface TextAreaProps extends ControlProps {
  readonly value?: string | readonly string[] | null | undefined;
  readonly rows?: number | undefined;
  readonly maxlength?: number | undefined;
}

export const TextArea = (props: TextAreaProps): Html => {
  const { id, error, describedBy } = wire(props);
  return (
    <Field {...props}>
      <textarea
        id={id}
        name={props.name}
        rows={props.rows ?? 4}
        maxlength={props.maxlength}
        required={props.required}
        disabled={props.disabled}
        aria-describedby={describedBy}
        aria-invalid={error ? true : null}
      >
        {/* A browser drops one line end after the tag: give it one to drop. */}
        {`\n${asText(entered(props.form, props.name, props.value))}`}
      </textarea>
    </Field>
  );
};

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly disabled?: boolean | undefined;
}

export interface ChoiceProps extends ControlProps {
  readonly options: readonly (Option | string)[];
  readonly value?: string | number | null | undefined;
}

const asOption = (option: Option | string): Option =>
  typeof option === "string" ? { value: option, label: option } : option;

export interface SelectProps extends ChoiceProps {
  /** The first, empty choice: "Choose a site", "All sites". Without it the first option is chosen. */
  readonly empty?: string | undefined;
  readonly width?: Width | undefined;
}

export const Select = (props: SelectProps): Html => {
  const { id, error, describedBy } = wire(props);
  const chosen = asText(entered(props.form, props.name, props.value));
  return (
    <Field {...props}>
      <select
        id={id}
        name={props.name}
        class={`width-${props.width ?? "auto"}`}
        required={props.required}
        disabled={props.disabled}
        aria-describedby={describedBy}
        aria-invalid={error ? true : null}
      >
        {props.empty !== undefined && <option value="">{props.empty}</option>}
        {props.options.map(asOption).map((option) => (
          <option value={option.value} selected={option.value === chosen} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
};

interface TicksProps {
  readonly type: "radio" | "checkbox";
  readonly id: string;
  readonly name: string;
  readonly options: readonly (Option | string)[];
  readonly chosen: readonly string[];
  readonly control: ControlProps;
  readonly invalid: boolean;
}

const Ticks = ({ type, id, name, options, chosen, control, invalid }: TicksProps): Html => (
  <>
    {options.map(asOption).map((option, at) => {
      const own = at === 0 ? id : `${id}-${at + 1}`;
      return (
        <div class="tick">
          <input
            id={own}
            type={type}
            name={name}
            value={option.value}
            checked={chosen.includes(option.value)}
            disabled={option.disabled ?? control.disabled}
            aria-describedby={option.hint ? `${own}-about` : null}
            aria-invalid={invalid ? true : null}
          />
          <label for={own}>{option.label}</label>
          {option.hint && (
            <p class="hint" id={`${own}-about`}>
              {option.hint}
            </p>
          )}
        </div>
      );
    })}
  </>
);

export interface RadioGroupProps extends ChoiceProps {
  /** Side by side, for two or three short answers. */
  readonly inline?: boolean | undefined;
}

export const RadioGroup = ({ inline, ...props }: RadioGroupProps): Html => {
  const { id, error } = wire(props);
  return (
    <Field {...props} group>
      <div class={inline ? "ticks ticks-inline" : "ticks"}>
        <Ticks
          type="radio"
          id={id}
          name={props.name}
          options={props.options}
          chosen={asList(entered(props.form, props.name, props.value))}
          control={props}
          invalid={Boolean(error)}
        />
      </div>
    </Field>
  );
};

export interface CheckboxGroupProps extends ControlProps {
  readonly options: readonly (Option | string)[];
  readonly value?: readonly string[] | null | undefined;
}

export const CheckboxGroup = (props: CheckboxGroupProps): Html => {
  const { id, error } = wire(props);
  // What is not ticked is not sent: once a form was sent, what is missing is off.
  const chosen = props.form?.values ? props.form.values[props.name] : props.value;
  return (
    <Field {...props} group>
      <div class="ticks">
        <Ticks
          type="checkbox"
          id={id}
          name={props.name}
          options={props.options}
          chosen={asList(chosen)}
          control={props}
          invalid={Boolean(error)}
        />
      </div>
    </Field>
  );
};

export interface CheckboxProps extends ControlProps {
  /** Stored state. */
  readonly checked?: boolean | undefined;
  /** What is sent when it is ticked. Default "on". */
  readonly value?: string | undefined;
}

/** One statement that is true or not: "I read the information". */
export const Checkbox = (props: CheckboxProps): Html => {
  const { id, error, describedBy } = wire(props);
  const value = props.value ?? "on";
  const sent = props.form?.values;
  const on = sent ? sent[props.name] === true || asList(sent[props.name]).includes(value) : (props.checked ?? false);
  return (
    <div class={error ? "field field-error" : "field"}>
      {error && (
        <p class="error" id={`${id}-error`}>
          <ErrorWord />
          {error}
        </p>
      )}
      <div class="tick">
        <input
          id={id}
          type="checkbox"
          name={props.name}
          value={value}
          checked={on}
          disabled={props.disabled}
          required={props.required}
          aria-describedby={describedBy}
          aria-invalid={error ? true : null}
        />
        <label for={id}>{props.label}</label>
        {props.hint && (
          <p class="hint" id={`${id}-hint`}>
            {props.hint}
          </p>
        )}
      </div>
      {props.below}
    </div>
  );
};

export interface DateFieldProps extends ControlProps {
  /** `2026-11-02`; with parts also `2026-11` or `2026`. */
  readonly value?: string | null | undefined;
  /** Three fields, for dates of which a part may be unknown. They are sent as `name-day`, `name-month`, `name-year`. */
  readonly parts?: boolean | undefined;
}

/** Never the browser's date input: it shows 10/01/2026 and lets each reader guess the order. */
export const DateField = ({ parts, ...props }: DateFieldProps): Html =>
  parts ? (
    <DateParts {...props} />
  ) : (
    <TextField
      {...props}
      hint={props.hint ?? "Year, month, day: for example 2026-11-02"}
      width="m"
      inputmode="numeric"
      autocomplete="off"
    />
  );

const MONTHS = "January February March April May June July August September October November December".split(" ");

const DateParts = (props: Omit<DateFieldProps, "parts">): Html => {
  const { id, error } = wire(props);
  const [year = "", month = "", day = ""] = (props.value ?? "").split("-");
  const part = (which: string, stored: string) => asText(entered(props.form, `${props.name}-${which}`, stored));
  const invalid = error ? true : null;
  return (
    <Field {...props} hint={props.hint ?? "Leave the day, or the day and the month, empty if they are not known"} group>
      <div class="date-parts">
        <div>
          <label for={id}>Day</label>
          <input
            id={id}
            name={`${props.name}-day`}
            type="text"
            class="width-xs"
            inputmode="numeric"
            autocomplete="off"
            value={part("day", day)}
            disabled={props.disabled}
            aria-invalid={invalid}
          />
        </div>
        <div>
          <label for={`${id}-month`}>Month</label>
          <select
            id={`${id}-month`}
            name={`${props.name}-month`}
            class="width-auto"
            disabled={props.disabled}
            aria-invalid={invalid}
          >
            <option value="">Not known</option>
            {MONTHS.map((label, at) => {
              const value = String(at + 1).padStart(2, "0");
              return (
                <option value={value} selected={part("month", month) === value}>
                  {label}
                </option>
              );
            })}
          </select>
        </div>
        <div>
          <label for={`${id}-year`}>Year</label>
          <input
            id={`${id}-year`}
            name={`${props.name}-year`}
            type="text"
            class="width-s"
            inputmode="numeric"
            autocomplete="off"
            value={part("year", year)}
            disabled={props.disabled}
            aria-invalid={invalid}
          />
        </div>
      </div>
    </Field>
  );
};

/** The date that three fields spell: `2026-11-02`, `2026-11`, `2026`, or "" when nothing was entered. Not validated. */
export function dateFromParts(values: Readonly<Record<string, FieldValue>>, name: string): string {
  const read = (which: string) => asText(values[`${name}-${which}`]).trim();
  const [year, month, day] = [read("year"), read("month"), read("day")];
  if (day !== "") return `${year}-${month}-${day.padStart(2, "0")}`;
  return month === "" ? year : `${year}-${month}`;
}

export interface FileFieldProps extends ControlProps {
  /** `.pdf,.csv` */
  readonly accept?: string | undefined;
  readonly multiple?: boolean | undefined;
}

/** Its form needs `upload`. */
export const FileField = (props: FileFieldProps): Html => {
  const { id, error, describedBy } = wire(props);
  return (
    <Field {...props}>
      <input
        id={id}
        name={props.name}
        type="file"
        accept={props.accept}
        multiple={props.multiple}
        required={props.required}
        disabled={props.disabled}
        aria-describedby={describedBy}
        aria-invalid={error ? true : null}
      />
    </Field>
  );
};

export interface FieldsetProps {
  readonly legend: string;
  readonly hint?: Child;
  readonly children?: Child;
}

/** A section of a form. */
export const Fieldset = ({ legend, hint, children }: FieldsetProps): Html => (
  <fieldset class="section">
    <legend>{legend}</legend>
    {hint && <p class="hint">{hint}</p>}
    {children}
  </fieldset>
);

export interface FormFootProps {
  /** "Draft saved 09:14" */
  readonly note?: string | undefined;
  /** The primary `Button` first. */
  readonly children?: Child;
}

/** The bar that stays in view under a form. */
export const FormFoot = ({ note, children }: FormFootProps): Html => (
  <div class="form-foot">
    {children}
    {note && (
      <span class="form-note" role="status">
        {note}
      </span>
    )}
  </div>
);

export interface SaveAnywayProps {
  readonly name: string;
  readonly form?: FormState | undefined;
  readonly value?: string | undefined;
}

/** Goes `below` a field with a warning: an unusual value is kept with a reason. */
export const SaveAnyway = ({ name, form, value }: SaveAnywayProps): Html => (
  <div class="save-anyway">
    <TextField name={name} label="Save anyway, reason" form={form} value={value} width="full" />
  </div>
);
