/**
 * Fields from a JSON schema: an object's properties in their order, each by its title, description, default and type.
 * Written against the plain shapes of JSON schema, so any library that speaks it will do.
 */

import type { FieldValue } from "./error-summary.tsx";
import {
  Checkbox,
  CheckboxGroup,
  DateField,
  type FormState,
  NumberField,
  RadioGroup,
  Select,
  TextArea,
  TextField,
} from "./form.tsx";
import type { Html } from "./html.ts";

export interface Schema {
  readonly type?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly format?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly items?: Schema | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  /** Shown after a number: "days". */
  readonly unit?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

export interface SchemaFieldsProps {
  readonly schema: Schema;
  readonly form?: FormState | undefined;
  /** What is stored. */
  readonly values?: Readonly<Record<string, FieldValue>> | undefined;
  readonly omit?: readonly string[] | undefined;
}

/** The fields only: they stand in a `Form` with its `FormFoot`. */
export const SchemaForm = ({ schema, form, values = {}, omit = [] }: SchemaFieldsProps): Html => (
  <>
    {Object.entries(schema.properties ?? {})
      .filter(([name]) => !omit.includes(name))
      .map(([name, property]) => (
        <SchemaField
          name={name}
          schema={property}
          optional={!(schema.required ?? []).includes(name) && property.default === undefined}
          form={form}
          value={name in values ? values[name] : asValue(property.default)}
        />
      ))}
  </>
);

interface SchemaFieldProps {
  readonly name: string;
  readonly schema: Schema;
  readonly optional: boolean;
  readonly form: FormState | undefined;
  readonly value: FieldValue;
}

const SchemaField = ({ name, schema, optional, form, value }: SchemaFieldProps): Html => {
  const common = {
    name,
    form,
    optional,
    label: schema.title ?? words(name),
    hint: schema.description,
    disabled: schema.readOnly,
  };
  const text = Array.isArray(value)
    ? value.join("\n")
    : value === true || value === false
      ? String(value)
      : (value as string | number | null | undefined);
  const choices = choicesOf(schema);
  if (choices) {
    return choices.length <= 5 ? (
      <RadioGroup {...common} options={choices} value={text} />
    ) : (
      <Select {...common} options={choices} value={text} empty={optional ? "None" : "Choose"} />
    );
  }
  if (schema.type === "boolean") {
    return <Checkbox {...common} checked={value === true || value === "on"} />;
  }
  if (schema.type === "integer" || schema.type === "number") {
    const hint = [schema.description, range(schema)].filter(Boolean).join(" ");
    return <NumberField {...common} hint={hint} value={text} unit={schema.unit} decimal={schema.type === "number"} />;
  }
  if (schema.type === "array") {
    const several = schema.items && choicesOf(schema.items);
    const list = Array.isArray(value) ? value.map(String) : [];
    if (several) return <CheckboxGroup {...common} options={several} value={list} />;
    return (
      <TextArea {...common} hint={[schema.description, "One on each line."].filter(Boolean).join(" ")} value={list} />
    );
  }
  if (schema.format === "date") return <DateField {...common} hint={schema.description} value={text?.toString()} />;
  if ((schema.maxLength ?? 0) > 200)
    return <TextArea {...common} value={text?.toString()} maxlength={schema.maxLength} />;
  return (
    <TextField
      {...common}
      value={text}
      type={schema.format === "email" ? "email" : schema.format === "uri" ? "url" : "text"}
      width={schema.maxLength !== undefined && schema.maxLength <= 12 ? "m" : "l"}
      maxlength={schema.maxLength}
    />
  );
};

function choicesOf(schema: Schema): { value: string; label: string }[] | null {
  if (schema.enum) return schema.enum.map((one) => ({ value: String(one), label: words(String(one)) }));
  if (schema.anyOf?.every((one) => one.const !== undefined)) {
    return schema.anyOf.map((one) => ({ value: String(one.const), label: one.title ?? words(String(one.const)) }));
  }
  return null;
}

function range({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `From ${minimum} to ${maximum}.`;
  if (minimum !== undefined) return `At least ${minimum}.`;
  return maximum !== undefined ? `At most ${maximum}.` : "";
}

/** `quietHours` and `quiet_hours` as a person would write them. */
function words(name: string): string {
  const spaced = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).replace(/ [A-Z](?=[a-z])/g, (found) => found.toLowerCase());
}

function asValue(value: unknown): FieldValue {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
