/**
 * Data that came with its own results and its own gaps: what contradicts the rules of the build is listed, and stored
 * as it was received. Nothing here changes a value.
 */
import type { Plan } from "../model/plan.ts";
import type { StoredValue } from "../odm/writer.ts";
import { type Finding, type FormInstance, findingsOf, type Row, type Surroundings } from "../values/findings.ts";
import type { Answer } from "../values/reading.ts";

export interface InstancePlace {
  readonly subject: string;
  readonly event: string;
  readonly eventKey: string | null;
  readonly form: string;
  readonly formKey: string | null;
}

export interface Contradiction extends InstancePlace {
  readonly finding: Finding;
}

/** Values of one subject after the other, as files have them: only one subject is held at a time. */
export async function* bySubject(
  values: AsyncIterable<StoredValue> | Iterable<StoredValue>,
): AsyncGenerator<readonly StoredValue[]> {
  let current: StoredValue[] = [];
  for await (const value of values) {
    if (current.length > 0 && current[0]?.subject !== value.subject) {
      yield current;
      current = [];
    }
    current.push(value);
  }
  if (current.length > 0) yield current;
}

/** Every finding in the forms of one subject. */
export function contradictionsOf(
  plan: Plan,
  values: readonly StoredValue[],
  around: Surroundings = {},
): Contradiction[] {
  const instances = instancesIn(values);
  const elsewhere = new Map<string, Answer>();
  for (const { place, instance } of instances) {
    for (const row of instance.rows) {
      for (const [item, answer] of row.answers) {
        elsewhere.set(`${place.event}/${place.form}/${item}`, answer);
      }
    }
  }
  return instances.flatMap(({ place, instance }) => {
    // form/item means the same event; event/form/item says which one.
    const lookup = (name: string) => elsewhere.get(name) ?? elsewhere.get(`${place.event}/${name}`) ?? null;
    return findingsOf(plan, instance, { elsewhere: lookup, ...around }).map((finding) => ({ ...place, finding }));
  });
}

export function instancesIn(
  values: readonly StoredValue[],
): { readonly place: InstancePlace; readonly instance: FormInstance }[] {
  const byForm = Map.groupBy(values, ({ event, eventKey, form, formKey }) =>
    JSON.stringify([event, eventKey, form, formKey]),
  );
  return [...byForm.values()].map((own) => {
    const { subject, event, eventKey, form, formKey } = own[0] as StoredValue;
    const rows = [...Map.groupBy(own, ({ section, sectionKey }) => JSON.stringify([section, sectionKey])).values()].map(
      (group): Row => {
        const { section, sectionKey } = group[0] as StoredValue;
        const answers = new Map(
          group.map(({ item, raw, nullFlavour, unit }): [string, Answer] => [item, { raw, nullFlavour, unit }]),
        );
        return { section, key: sectionKey, answers };
      },
    );
    return { place: { subject, event, eventKey, form, formKey }, instance: { form, rows } };
  });
}

export interface ContradictionCount {
  readonly kind: Finding["kind"];
  readonly item: string;
  readonly count: number;
}

export function countContradictions(contradictions: Iterable<Contradiction>): ContradictionCount[] {
  const counts = new Map<string, ContradictionCount>();
  for (const { finding } of contradictions) {
    const key = `${finding.kind} ${finding.item}`;
    counts.set(key, { kind: finding.kind, item: finding.item, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}
