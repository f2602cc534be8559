/** A script in base R that makes data frames of the tables: with types, labels, levels, units, and why an answer is missing. */
import { nullFlavours } from "../model/build.ts";
import { optionsOf, type Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import { unitName, type WideField, type WideTable, wideTables } from "./tables.ts";

export function rScript(plan: Plan, study: string): string {
  const tables = wideTables(plan);
  const taken = new Set(["dictionary"]);
  return [
    `# ${study.replace(/[^\x20-\x7e]/g, " ")}`,
    "# Run it where it lies, beside the tables. It uses nothing but R itself, and makes a data frame of each table:",
    '#   attr(x, "label") is the question, attr(x, "unit") the unit, attr(x, "codes") the codes of a factor\'s levels;',
    "#   x__missing says why an answer is missing, x__note holds what came and is not of the question's kind;",
    "#   several choices also stand in one column for each option (x__code), rows of a grid in one each (x__row),",
    "#   and of a date with unknown parts x__date holds those that are whole.",
    "",
    ...reading,
    "",
    'dictionary <- cairn_table("dictionary.csv")',
    ...tables.flatMap((table) => tableLines(plan, table, nameOf(taken, table.name))),
    "",
    'rm(list = ls(pattern = "^cairn_"))',
    "",
  ].join("\n");
}

// What the tables are read with. Texts are UTF-8 whatever the machine's own writing is.
const reading = [
  "cairn_folder <- local({",
  '  run <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))',
  "  sourced <- unlist(lapply(sys.frames(), function(frame) frame$ofile))",
  '  here <- c(rev(sourced), run, "read.R")',
  '  here <- here[file.exists(file.path(dirname(here), "dictionary.csv"))]',
  '  if (length(here) == 0) stop("Put read.R beside the tables it came with, and run it there.")',
  "  dirname(here[[1]])",
  "})",
  "",
  "# The first line of a table says who took it. An apostrophe keeps spreadsheets from running a text: it goes.",
  "cairn_table <- function(name) {",
  '  table <- read.csv(file.path(cairn_folder, name), skip = 1, colClasses = "character", na.strings = "",',
  '    check.names = FALSE, encoding = "UTF-8")',
  '  if (!identical(tail(names(table), 1), "export")) stop(name, " is not as it was exported.")',
  "  table[] <- lapply(table, function(text)",
  '    sub("^\'(?=\'*[-=+@\\t\\r\\n\\uff1d\\uff0b\\uff0d\\uff20])", "", text, perl = TRUE))',
  "  table",
  "}",
  "cairn_whole <- function(text) {",
  "  number <- as.numeric(text)",
  "  fits <- is.na(number) | (number == round(number) & abs(number) <= .Machine$integer.max)",
  "  if (all(fits)) as.integer(number) else number",
  "}",
  'cairn_yes <- function(text) text == "1"',
  'cairn_day <- function(text) as.Date(ifelse(grepl("^\\\\d{4}-\\\\d{2}-\\\\d{2}$", text), text, NA), format = "%Y-%m-%d")',
  "# By its own offset, where it tells one; else as the clock showed it.",
  "cairn_moment <- function(text) {",
  '  parts <- "^(\\\\d{4}-\\\\d{2}-\\\\d{2})T(\\\\d{2}:\\\\d{2})(:\\\\d{2})?(\\\\.\\\\d+)?(Z|([+-])(\\\\d{2}):?(\\\\d{2}))?$"',
  "  part <- function(n) sub(parts, n, text)",
  '  clock <- paste(part("\\\\1"), paste0(part("\\\\2"), ifelse(part("\\\\3") %in% "", ":00", part("\\\\3"))))',
  '  at <- as.POSIXct(ifelse(grepl(parts, text), clock, NA), tz = "UTC", format = "%Y-%m-%d %H:%M:%S")',
  '  minutes <- 60 * suppressWarnings(as.numeric(part("\\\\7"))) + suppressWarnings(as.numeric(part("\\\\8")))',
  '  minutes <- ifelse(is.na(minutes), 0, ifelse(part("\\\\6") %in% "-", -minutes, minutes))',
  "  at - 60 * minutes",
  "}",
  "cairn_factor <- function(text, codes, labels) {",
  "  made <- factor(text, levels = codes, labels = labels)",
  '  attr(made, "codes") <- codes',
  "  made",
  "}",
  "cairn_chosen <- function(text, code) {",
  '  chosen <- vapply(strsplit(text, "|", fixed = TRUE), function(all) code %in% all, NA)',
  "  ifelse(is.na(text), NA, chosen)",
  "}",
  "cairn_cell <- function(text, row) {",
  '  start <- paste0(row, "=")',
  '  vapply(strsplit(text, "|", fixed = TRUE), function(all) {',
  "    cell <- all[startsWith(all, start)]",
  "    if (length(cell) == 0 || is.na(cell[[1]])) NA_character_ else substring(cell[[1]], nchar(start) + 1)",
  '  }, "")',
  "}",
  `cairn_missing <- function(text) factor(text, levels = c("${nullFlavours.join('", "')}"))`,
  "",
  "cairn_told <- function(column, label, unit = NULL) {",
  '  attr(column, "label") <- label',
  '  attr(column, "unit") <- unit',
  "  column",
  "}",
];

function tableLines(plan: Plan, table: WideTable, name: string): string[] {
  return [
    "",
    `${name} <- cairn_table(${quoted(`${table.name}.csv`)})`,
    ...table.fields.flatMap((field) => fieldLines(plan, name, field)),
  ];
}

function fieldLines(plan: Plan, table: string, { item, title, unit, missing }: WideField): string[] {
  const language = plan.build.languages[0] ?? "";
  const label = anyText(item.question, language) || item.name;
  const column = (name: string) => `${table}[[${quoted(name)}]]`;
  const own = column(title);
  const units = item.units.map((id) => unitName(plan, id));
  // With several, each row tells its own.
  const told = unit === null && units[0] ? `, ${quoted(units[0])}` : "";
  const set = (name: string, made: string, says = label, more = "") =>
    `${column(name)} <- cairn_told(${made}, ${quoted(says)}${more})`;
  const factor = (text: string, codeList: string) => {
    const options = optionsOf(plan, codeList);
    const said = options.map(({ code, label: words }) => anyText(words, language) || code);
    // R knows a level by its label alone.
    const labels = said.map((one, n) =>
      said.indexOf(one) === said.lastIndexOf(one) ? one : `${one} (${options[n]?.code})`,
    );
    return `cairn_factor(${text}, ${list(options.map(({ code }) => code))}, ${list(labels)})`;
  };
  const { type } = item;
  const main = (): string[] => {
    switch (type.is) {
      case "integer":
        return [set(title, `cairn_whole(${own})`, label, told)];
      case "decimal":
        return [set(title, `as.numeric(${own})`, label, told)];
      case "boolean":
        return [set(title, `cairn_yes(${own})`)];
      case "choice":
        return [set(title, factor(own, type.codeList))];
      case "date":
        return type.partial
          ? [set(title, own), set(`${title}__date`, `cairn_day(${own})`)]
          : [set(title, `cairn_day(${own})`)];
      case "datetime":
        return type.partial ? [set(title, own)] : [set(title, `cairn_moment(${own})`)];
      case "choices":
        return [
          set(title, own),
          ...optionsOf(plan, type.codeList).map(({ code, label: words }) =>
            set(
              `${title}__${code}`,
              `cairn_chosen(${own}, ${quoted(code)})`,
              `${label}: ${anyText(words, language) || code}`,
            ),
          ),
        ];
      case "grid":
        return [
          set(title, own),
          ...optionsOf(plan, type.rows).map(({ code, label: words }) => {
            const cell = `cairn_cell(${own}, ${quoted(code)})`;
            const says = `${label}: ${anyText(words, language) || code}`;
            return set(`${title}__${code}`, type.several ? cell : factor(cell, type.columns), says);
          }),
        ];
      default:
        return [set(title, own)];
    }
  };
  return [...main(), ...(missing ? [set(missing, `cairn_missing(${column(missing)})`, `${label}: why missing`)] : [])];
}

const reserved = /^(?:if|else|repeat|while|function|for|next|break|in|TRUE|FALSE|NULL|Inf|NaN|NA.*|cairn_.*)$/;

function nameOf(taken: Set<string>, name: string): string {
  const start = /^[A-Za-z]/.test(name) && !reserved.test(name) ? name : `t_${name}`;
  let own = start;
  for (let n = 2; taken.has(own); n += 1) own = `${start}_${n}`;
  taken.add(own);
  return own;
}

const list = (texts: readonly string[]): string =>
  texts.length === 0 ? "character(0)" : `c(${texts.map(quoted).join(", ")})`;

/** In ASCII, so that it is read the same on every machine. R knows no NUL. */
function quoted(text: string): string {
  const inside = [...text.toWellFormed()].map((sign) => {
    const code = sign.codePointAt(0) as number;
    if (sign === '"' || sign === "\\") return `\\${sign}`;
    if (code >= 0x20 && code < 0x7f) return sign;
    return code === 0 ? "" : code > 0xffff ? `\\U{${code.toString(16)}}` : `\\u{${code.toString(16)}}`;
  });
  return `"${inside.join("")}"`;
}
