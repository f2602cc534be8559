/** The roster a program brings: who trains here, in which year, from when to when, and with which mentor. */
import type { FileProblem } from "./framework-file.ts";
import { readDay } from "./period.ts";

export const rosterColumns = [
  { key: "name", title: "name", aliases: ["full name", "trainee", "resident"] },
  { key: "email", title: "email", aliases: ["e-mail", "mail"] },
  { key: "pgy", title: "pgy", aliases: ["training year", "year"] },
  { key: "start", title: "start", aliases: ["start date", "starts on"] },
  { key: "expectedEnd", title: "expected_end", aliases: ["end", "end date", "graduation"] },
  { key: "mentor", title: "mentor_email", aliases: ["mentor", "mentor e-mail"], required: false },
  { key: "recordNumber", title: "record_number", aliases: ["employee number", "npi"], required: false },
] as const;
export type RosterKey = (typeof rosterColumns)[number]["key"];
export type RosterValues = Readonly<Record<RosterKey, string>>;

/** What the program knows already. E-mail addresses in lower case. */
export interface RosterGround {
  readonly trainees: ReadonlySet<string>;
  /** Everyone else with an account in this program, and those of them who mentor. */
  readonly staff: ReadonlySet<string>;
  readonly mentors: ReadonlySet<string>;
}

export const readEmail = (text: string): string => text.trim().toLowerCase();

/** A rule for one row after another, in the order of the file. */
export function rosterRule(ground: RosterGround): (row: RosterValues, line: number) => FileProblem<RosterKey>[] {
  const emails = new Map<string, number>();
  const numbers = new Map<string, number>();
  return (row, line) => {
    const problems: FileProblem<RosterKey>[] = [];
    const say = (column: RosterKey, sentence: string) => problems.push({ column, sentence });

    if (row.name === "") say("name", "The name is missing.");
    if (row.name.length > 200) say("name", "A name has at most 200 characters.");

    const email = readEmail(row.email);
    if (email.length > 254 || !/^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>".]+$/.test(email)) {
      say(
        "email",
        email === ""
          ? "The e-mail address is missing."
          : "This is not an e-mail address. It should look like name@hospital.example.",
      );
    } else if (emails.has(email))
      say("email", `This person is already on line ${emails.get(email)}. Keep one of the two rows.`);
    else if (ground.trainees.has(email))
      say(
        "email",
        "This person is already a trainee of this program. Remove the row; nothing here changes an existing trainee.",
      );
    else if (ground.staff.has(email))
      say(
        "email",
        "Someone on the staff of this program has this e-mail address. A trainee needs an address of his or her own.",
      );
    if (!emails.has(email)) emails.set(email, line);

    if (!/^[1-9]$/.test(row.pgy)) say("pgy", "The training year (PGY) is a number from 1 to 9.");

    const [start, end] = [readDay(row.start), readDay(row.expectedEnd)];
    if (!start) say("start", "The start is not a date. Write it as 2026-07-01.");
    if (!end) say("expectedEnd", "The expected end is not a date. Write it as 2029-06-30.");
    if (start && end && end <= start) say("expectedEnd", "Training cannot end before it starts.");

    const mentor = readEmail(row.mentor);
    if (mentor !== "" && !ground.mentors.has(mentor)) {
      say(
        "mentor",
        "No mentor of this program has this e-mail address. Give the person the role Mentor first, or leave the cell empty.",
      );
    }

    const earlier = row.recordNumber === "" ? undefined : numbers.get(row.recordNumber);
    if (earlier !== undefined) say("recordNumber", `This record number is already on line ${earlier}.`);
    if (row.recordNumber !== "" && earlier === undefined) numbers.set(row.recordNumber, line);
    if (row.recordNumber.length > 60) say("recordNumber", "A record number has at most 60 characters.");
    return problems;
  };
}
