/** How sure it is that the one who signs is the one who should: the way it was checked, and how much that is worth. */
export const methods = ["mail_code", "told_code", "video", "in_person"] as const;
export type Method = (typeof methods)[number];

/** A study sets the least it accepts; the way is printed on the signature. */
export const levels: Readonly<Record<Method, number>> = { mail_code: 1, told_code: 2, video: 3, in_person: 4 };
export const methodsInWords: Readonly<Record<Method, string>> = {
  mail_code: "A one-time code sent to the address on file",
  told_code: "A one-time code told by the team on the telephone number on file",
  video: "Seen by the team on a video call, with a document",
  in_person: "Met by the team in person, with a document",
};
export const reaches = (method: Method, least: number): boolean => levels[method] >= least;

export const TRIES = 5;
/** Codes are six digits: with five tries each and six codes a day a guesser has one chance in 33,000 a day. */
export const CODES_A_DAY = 6;
export const CODE_MINUTES = 15;

/** Digits as people type them: "123 456", "123-456". */
export const asCode = (typed: string): string => typed.replace(/[\s-]/g, "");
export const isCode = (typed: string): boolean => /^\d{6}$/.test(asCode(typed));
