/** Passwords that a policy must refuse or take. The person is Ada Okafor, ada.okafor@northfield.example, of Northfield. */
export const owner = {
  email: "ada.okafor@northfield.example",
  name: "Ada Okafor",
  institution: "Northfield General Hospital",
};

export const refusedPasswords: readonly (readonly [why: string, password: string])[] = [
  ["empty", ""],
  ["14 characters", "vole-kettle-oz"],
  ["14 characters that NFD makes more", "vole-kéttle-öz".normalize("NFD")],
  ["7 emoji of two units each", "🦔🫖🧭🪨🦉🧶🥣"],
  ["129 characters", "heron vault ".repeat(20).slice(0, 129)],
  ["the address", "ada.okafor@northfield.example"],
  ["the address in capitals", "ADA.OKAFOR@NORTHFIELD.EXAMPLE"],
  ["the mailbox inside", "xx ada.okafor kettle moss"],
  ["the family name inside", "kettle Okafor moss vault"],
  ["the name with signs", "k3ttle 0k@for m0ss Ada-Okafor"],
  ["the institution", "NorthfieldGeneralHospital"],
  ["the institution's first word", "kettle northfield moss"],
  ["one letter", "aaaaaaaaaaaaaaaaaaaa"],
  ["a short unit repeated", "xk9xk9xk9xk9xk9xk9"],
  ["digits in order", "123456789012345"],
  ["digits backwards", "98765432109876543210"],
  ["the keyboard", "qwertyuiopasdfgh"],
  ["the keyboard with digits", "qwertyuiop1234567"],
  ["password twice", "passwordpassword"],
  ["password and digits", "Password1234567!"],
  ["password in look-alikes", "P@ssw0rd!P@ssw0rd!"],
  ["a famous comic", "correct horse battery staple"],
  ["common words together", "letmein-dragon-2026"],
  ["the alphabet", "abcdefghijklmnopqrstuvwxyz"],
];

export const takenPasswords: readonly (readonly [why: string, password: string])[] = [
  ["four words", "vole kettle ozone hatch"],
  ["exactly 15", "vole-kettle-ozo"],
  ["exactly 128", `${"heron-vault.".repeat(11).slice(0, 119)}quokka-ok`],
  ["spaces at the ends", "  vole kettle ozone  "],
  ["German", "Wüstenfüchse träumen laut"],
  ["Japanese", "あしたはきっとはれるでしょうね、たぶん"],
  ["emoji", "🦔🫖🧭🪨🦉🧶🥣🦩🪁🧿🪲🫐🧊🛶🪐"],
  ["a word of the list among others", "seventeen monkeys paint herring"],
  ["random", "Zq7!vB2#kL9$wT4"],
  ["only digits, not in order", "840917263550918"],
  ["more than 72 bytes", `${"möwe ".repeat(3)}über den Dächern von Buxtehude, kurz vor dem Gewitter am Abend`],
];
