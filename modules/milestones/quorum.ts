/** Whether enough members sit there to recommend: the program's number, one of them core faculty, the recused not counted. */
export interface Present {
  readonly personId: string;
  readonly isCore: boolean;
}
export interface Quorum {
  readonly stands: boolean;
  readonly present: number;
  readonly recused: number;
  readonly sentence: string;
}

/** `recused`: who mentors the trainee of whom is spoken. */
export function quorumOf(present: readonly Present[], recused: ReadonlySet<string>, needed: number): Quorum {
  const counted = present.filter(({ personId }) => !recused.has(personId));
  const left = present.length - counted.length;
  const hasCore = counted.some(({ isCore }) => isCore);
  const seats = `${counted.length} of the ${needed} members needed`;
  const without = left > 0 ? `, without ${left} who ${left === 1 ? "mentors" : "mentor"} this trainee` : "";
  const stands = counted.length >= needed && hasCore;
  return {
    stands,
    present: counted.length,
    recused: left,
    sentence: stands
      ? `There is a quorum: ${seats} ${counted.length === 1 ? "is" : "are"} present${without}.`
      : `There is no quorum: ${seats} ${counted.length === 1 ? "is" : "are"} present${without}${hasCore ? "" : ", and nobody of the core faculty"}.`,
  };
}
