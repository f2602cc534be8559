/** Who reviews whom: fairly shared, nobody a trainee of his or her own, and who has the fewest goes first. */
export interface Pairing {
  readonly subjectId: string;
  readonly memberId: string;
}

export function pairUp(
  trainees: readonly {
    readonly subjectId: string;
    readonly mentors: ReadonlySet<string>;
    readonly has: readonly string[];
  }[],
  members: readonly string[],
  each: number,
): { readonly pairings: readonly Pairing[]; readonly short: readonly string[] } {
  const load = new Map(members.map((member) => [member, 0]));
  for (const { has } of trainees) for (const member of has) load.set(member, (load.get(member) ?? 0) + 1);
  const pairings: Pairing[] = [];
  const short: string[] = [];
  for (const { subjectId, mentors, has } of trainees) {
    const free = members
      .filter((member) => !mentors.has(member) && !has.includes(member))
      .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))
      .slice(0, Math.max(each - has.length, 0));
    if (has.length + free.length < each) short.push(subjectId);
    for (const memberId of free) {
      load.set(memberId, (load.get(memberId) ?? 0) + 1);
      pairings.push({ subjectId, memberId });
    }
  }
  return { pairings, short };
}
