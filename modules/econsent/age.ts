/** Coming of age, from a birth date that is opened for the moment and kept nowhere else. */
export function majorityOn(birthDate: string, age: number): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate);
  if (!parts) return null;
  const [, year = "", month = "", day = ""] = parts;
  // Born on a leap day: of age on the first of March, as most laws have it.
  const wanted = new Date(Date.UTC(Number(year) + age, Number(month) - 1, Number(day)));
  return wanted.toISOString().slice(0, 10);
}
export const isOfAge = (birthDate: string, age: number, day: string): boolean => {
  const on = majorityOn(birthDate, age);
  return on !== null && on <= day;
};
