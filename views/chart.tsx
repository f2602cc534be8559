/**
 * Charts drawn on the server. Each says in a sentence what it shows, and has its numbers in a table below.
 * Series differ by stroke and by the shape of their dots, not by colour alone.
 */
import type { Child, Html } from "./html.ts";

export type Value = number | null;

export interface Series {
  readonly name: string;
  /** One for each period; null where there is none. */
  readonly values: readonly Value[];
}

export interface Band {
  /** "Middle half of the cohort" */
  readonly name: string;
  readonly low: readonly Value[];
  readonly high: readonly Value[];
}

interface Scale {
  readonly min: number;
  readonly max: number;
}

export interface ChartProps extends Scale {
  readonly title: string;
  /** What a reader should take from it, in a sentence or two. */
  readonly summary: string;
  readonly periods: readonly string[];
}

export interface LineChartProps extends ChartProps {
  /** One to four. */
  readonly series: readonly Series[];
  readonly band?: Band | undefined;
  readonly target?: { readonly name: string; readonly value: number } | undefined;
  /** Between the lines of the grid. Default 1. */
  readonly step?: number | undefined;
}

const WIDTH = 640;
const HEIGHT = 250;
const LEFT = 34;
const RIGHT = 18;
const TOP = 12;
const BOTTOM = 30;

export const LineChart = (props: LineChartProps): Html => {
  const { periods, series, band, target, min, max, step = 1 } = props;
  const x = (at: number) => LEFT + ((WIDTH - LEFT - RIGHT) * at) / Math.max(periods.length - 1, 1);
  const y = place({ min, max }, HEIGHT - BOTTOM, TOP);
  const every = Math.ceil(periods.length / 7);
  return (
    <ChartFigure {...props} table={<NumbersTable {...props} />}>
      {(series.length > 1 || band || target) && <Legend series={series} band={band} target={target} />}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.summary}>
        {band && <path class="band" d={bandPath(band, x, y)} />}
        {steps(min, max, step).map((value) => (
          <>
            <line class="axis" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 12} y={y(value)} text-anchor="end" dominant-baseline="middle">
              {value}
            </text>
          </>
        ))}
        {target && <line class="target" x1={LEFT} x2={WIDTH - RIGHT} y1={y(target.value)} y2={y(target.value)} />}
        {periods.map(
          (period, at) =>
            at % every === 0 && (
              <text x={x(at)} y={HEIGHT - 6} text-anchor={anchor(at, periods.length)}>
                {period}
              </text>
            ),
        )}
        {series
          .map(({ values }, at) => (
            <>
              <path class={`series series-${at + 1}`} d={linePath(values, x, y)} />
              {values.map((value, period) => value !== null && <Dot shape={at} x={x(period)} y={y(value)} />)}
            </>
          ))
          // The first series is drawn last: it lies on top where they meet.
          .reverse()}
      </svg>
    </ChartFigure>
  );
};

export interface Multiple extends Series {
  /** A second view of the same thing, drawn dashed. */
  readonly other?: readonly Value[] | undefined;
  readonly low?: readonly Value[] | undefined;
  readonly high?: readonly Value[] | undefined;
}
export interface SmallMultiplesProps extends ChartProps {
  /** One small chart for each, all on one scale. */
  readonly series: readonly Multiple[];
  /** What the lines and the ground behind them are, where there is more than one line. */
  readonly legend?:
    | { readonly line: string; readonly other?: string | undefined; readonly band?: string | undefined }
    | undefined;
  readonly target?: number | undefined;
}

export const SmallMultiples = (props: SmallMultiplesProps): Html => {
  const { periods, series, min, max, target, legend } = props;
  const x = (at: number) => 6 + (148 * at) / Math.max(periods.length - 1, 1);
  const y = place({ min, max }, 62, 8);
  return (
    <ChartFigure {...props} table={<NumbersTable {...props} series={flat(series, legend?.other)} />}>
      {legend && (
        <Legend
          series={[legend.line, ...(legend.other ? [legend.other] : [])].map((name) => ({ name, values: [] }))}
          band={legend.band ? { name: legend.band, low: [], high: [] } : undefined}
          target={undefined}
        />
      )}
      <div class="multiples">
        {series.map(({ name, values, other, low, high }) => {
          const latest = values.findLastIndex((value) => value !== null);
          const last = values[latest] ?? null;
          const before = values.findLastIndex((value, at) => value !== null && at < latest);
          const past = values[before] ?? null;
          const own = other?.findLastIndex((value) => value !== null) ?? -1;
          const ownLast = other?.[own] ?? null;
          return (
            <div>
              <h3>{name}</h3>
              <svg viewBox="0 0 180 70" role="img" aria-label={`${name}: ${spoken(values)}`}>
                {[min, max].map((value) => (
                  <line class="axis" x1={6} x2={154} y1={y(value)} y2={y(value)} />
                ))}
                {target !== undefined && <line class="target" x1={6} x2={154} y1={y(target)} y2={y(target)} />}
                {low && high && <path class="band" d={bandPath({ name: "", low, high }, x, y)} />}
                {other && <path class="series series-2" d={linePath(other, x, y)} />}
                {ownLast !== null && <rect class="dot dot-2" x={x(own) - 3} y={y(ownLast) - 3} width={6} height={6} />}
                <path class="series" d={linePath(values, x, y)} />
                {past !== null && <circle class="dot dot-past" cx={x(before)} cy={y(past)} r={3} />}
                {last !== null && (
                  <>
                    <circle class="dot" cx={x(latest)} cy={y(last)} r={3.5} />
                    <text x={162} y={y(last)} dominant-baseline="middle">
                      {last}
                    </text>
                  </>
                )}
              </svg>
            </div>
          );
        })}
      </div>
    </ChartFigure>
  );
};

export interface Level {
  readonly name: string;
  readonly value: Value;
  /** An open ring: the time before, or the person's own view. */
  readonly past?: Value | undefined;
  /** A bar behind the dot: the spread of the ratings or of the cohort. */
  readonly low?: Value | undefined;
  readonly high?: Value | undefined;
  /** After the name: a badge. */
  readonly mark?: Child;
}

export interface DotPlotProps extends Scale {
  readonly title: string;
  readonly summary: string;
  readonly levels: readonly Level[];
  /** What the rows are: "Subcompetency". */
  readonly rows: string;
  /** What the number is: "Level". */
  readonly measure: string;
  readonly pastName?: string | undefined;
  readonly target?: number | undefined;
}

/** A row for each, a dot at its level. It is a table already: the number stands beside the dot. */
export const DotPlot = ({ title, summary, levels, rows, measure, pastName, target, min, max }: DotPlotProps): Html => {
  const x = place({ min, max }, 8, 232);
  const grid = (top: number, bottom: number) =>
    steps(min, max, 1).map((value) => (
      <line class={value === target ? "target" : "axis"} x1={x(value)} x2={x(value)} y1={top} y2={bottom} />
    ));
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <p>{summary}</p>
      </figcaption>
      <section class="table" aria-label={title} tabindex="0">
        <table class="dots">
          <thead>
            <tr>
              <th scope="col">{rows}</th>
              <th scope="col">
                <span class="hidden-text">Picture</span>
                <svg viewBox="0 0 240 16" aria-hidden focusable="false">
                  {steps(min, max, 1).map((value) => (
                    <text x={x(value)} y={12} text-anchor="middle">
                      {value}
                    </text>
                  ))}
                </svg>
              </th>
              <th scope="col" class="end">
                {measure}
              </th>
              {pastName && (
                <th scope="col" class="end">
                  {pastName}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {levels.map((level) => (
              <tr>
                <th scope="row" class="wrap">
                  {level.name} {level.mark}
                </th>
                <td>
                  <svg viewBox="0 0 240 24" aria-hidden focusable="false">
                    {grid(0, 24)}
                    {isNumber(level.low) && isNumber(level.high) && (
                      <rect class="band" x={x(level.low)} y={6} width={x(level.high) - x(level.low)} height={12} />
                    )}
                    {isNumber(level.past) && isNumber(level.value) && (
                      <line class="span" x1={x(level.past)} x2={x(level.value)} y1={12} y2={12} />
                    )}
                    {isNumber(level.past) && <circle class="dot dot-past" cx={x(level.past)} cy={12} r={4} />}
                    {isNumber(level.value) && <circle class="dot dot-full" cx={x(level.value)} cy={12} r={5} />}
                  </svg>
                </td>
                <td class="end">{level.value ?? "–"}</td>
                {pastName && <td class="end">{level.past ?? "–"}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </figure>
  );
};

export interface HeatCellProps extends Scale {
  readonly value: Value;
  /** Instead of the number. */
  readonly text?: string | undefined;
}

/** A cell whose ground deepens with its number. The number is always there to read. */
export const HeatCell = ({ value, text, min, max }: HeatCellProps): Html =>
  value === null ? (
    <td class="heat-none">{text ?? "–"}</td>
  ) : (
    <td class={`heat-${heat(value, min, max)}`}>{text ?? value}</td>
  );

export interface HeatRow {
  readonly name: Child;
  readonly values: readonly Value[];
}

export interface HeatTableProps extends Scale {
  readonly caption: string;
  /** What the rows are: "Trainee". */
  readonly rows: string;
  readonly columns: readonly string[];
  readonly data: readonly HeatRow[];
}

export const HeatTable = ({ caption, rows, columns, data, min, max }: HeatTableProps): Html => (
  <section class="table table-scroll" aria-label={caption} tabindex="0">
    <table class="heat">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{rows}</th>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {data.map(({ name, values }) => (
          <tr>
            <th scope="row">{name}</th>
            {values.map((value) => (
              <HeatCell value={value} min={min} max={max} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

/** A line the size of a word, for a cell of a table. */
export const Sparkline = ({ label, values, min, max }: Scale & { label: string; values: readonly Value[] }): Html => {
  const x = (at: number) => 2 + (66 * at) / Math.max(values.length - 1, 1);
  const y = place({ min, max }, 17, 3);
  const latest = values.findLastIndex((value) => value !== null);
  const last = values[latest];
  return (
    <svg class="sparkline" viewBox="0 0 72 20" role="img" aria-label={`${label}: ${spoken(values)}`}>
      <path class="series" d={linePath(values, x, y)} />
      {isNumber(last) && <circle cx={x(latest)} cy={y(last)} r={2.5} />}
    </svg>
  );
};

interface ChartFigureProps {
  readonly title: string;
  readonly summary: string;
  readonly table: Html;
  readonly children?: Child;
}

const ChartFigure = ({ title, summary, table, children }: ChartFigureProps): Html => (
  <figure class="chart">
    <figcaption>
      <h2>{title}</h2>
      <p>{summary}</p>
    </figcaption>
    {children}
    <details>
      <summary>Show as table</summary>
      {table}
    </details>
  </figure>
);

interface NumbersTableProps {
  readonly title: string;
  readonly periods: readonly string[];
  readonly series: readonly Series[];
  readonly band?: Band | undefined;
}

const NumbersTable = ({ title, periods, series, band }: NumbersTableProps): Html => (
  <section class="table" aria-label={`${title}, as a table`} tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Period</th>
          {series.map(({ name }) => (
            <th scope="col" class="end">
              {name}
            </th>
          ))}
          {band && (
            <th scope="col" class="end">
              {band.name}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {periods.map((period, at) => (
          <tr>
            <th scope="row">{period}</th>
            {series.map(({ values }) => (
              <td class="end">{values[at] ?? "–"}</td>
            ))}
            {band && (
              <td class="end">
                {isNumber(band.low[at]) && isNumber(band.high[at]) ? `${band.low[at]}–${band.high[at]}` : "–"}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

const Legend = ({ series, band, target }: Pick<LineChartProps, "series" | "band" | "target">): Html => (
  <ul class="legend">
    {series.map(({ name }, at) => (
      <li>
        <svg viewBox="0 0 30 12" aria-hidden focusable="false">
          <path class={`series series-${at + 1}`} d="M0 6 L30 6" />
          <Dot shape={at} x={15} y={6} />
        </svg>
        {name}
      </li>
    ))}
    {band && (
      <li>
        <svg viewBox="0 0 30 12" aria-hidden focusable="false">
          <rect class="band" x={0} y={0} width={30} height={12} />
        </svg>
        {band.name}
      </li>
    )}
    {target && (
      <li>
        <svg viewBox="0 0 30 12" aria-hidden focusable="false">
          <line class="target" x1={0} x2={30} y1={6} y2={6} />
        </svg>
        {target.name}
      </li>
    )}
  </ul>
);

/** A circle, a square, a diamond, a triangle. */
const Dot = ({ shape, x, y }: { shape: number; x: number; y: number }): Html => {
  const look = `dot dot-${shape + 1}`;
  if (shape === 1) return <rect class={look} x={x - 3.5} y={y - 3.5} width={7} height={7} />;
  if (shape === 2) return <path class={look} d={`M${x} ${y - 5} L${x + 5} ${y} L${x} ${y + 5} L${x - 5} ${y} Z`} />;
  if (shape === 3) return <path class={look} d={`M${x} ${y - 5} L${x + 5} ${y + 4} L${x - 5} ${y + 4} Z`} />;
  return <circle class={look} cx={x} cy={y} r={4} />;
};

const isNumber = (value: Value | undefined): value is number => typeof value === "number";

const round = (value: number) => Math.round(value * 10) / 10;

/** From a value to a place between two edges. */
function place({ min, max }: Scale, atMin: number, atMax: number): (value: number) => number {
  const span = max - min || 1;
  return (value) => round(atMin + ((atMax - atMin) * (value - min)) / span);
}

function steps(min: number, max: number, step: number): number[] {
  const count = Math.floor((max - min) / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((min + at * step).toFixed(6)));
}

type Place = (value: number) => number;

/** A line that breaks where there is no value. */
function linePath(values: readonly Value[], x: Place, y: Place): string {
  let pen = "M";
  const path: string[] = [];
  values.forEach((value, at) => {
    if (value === null) {
      pen = "M";
      return;
    }
    path.push(`${pen}${round(x(at))} ${y(value)}`);
    pen = "L";
  });
  return path.join(" ");
}

/** The area between two lines, over the periods that have both. */
function bandPath({ low, high }: Band, x: Place, y: Place): string {
  const whole = low.map((_, at) => at).filter((at) => isNumber(low[at]) && isNumber(high[at]));
  if (whole.length === 0) return "";
  const point = (at: number, value: Value | undefined) => `${round(x(at))} ${y(value ?? 0)}`;
  const there = whole.map((at) => point(at, high[at]));
  const back = whole.map((at) => point(at, low[at])).reverse();
  return `M${[...there, ...back].join(" L")} Z`;
}

function anchor(at: number, count: number): "start" | "middle" | "end" {
  if (at === 0 && count > 1) return "start";
  return at === count - 1 && count > 1 ? "end" : "middle";
}

function heat(value: number, min: number, max: number): number {
  const share = (value - min) / (max - min || 1);
  return Math.min(5, Math.max(1, 1 + Math.floor(share * 5)));
}

/** For the table below the picture: each line in a column of its own. */
const flat = (series: readonly Multiple[], other: string | undefined): readonly Series[] =>
  series.flatMap(({ name, values, other: own }) => [
    { name, values },
    ...(own && other ? [{ name: `${name}, ${other.toLowerCase()}`, values: own }] : []),
  ]);

const spoken = (values: readonly Value[]): string => values.map((value) => value ?? "none").join(", ");
