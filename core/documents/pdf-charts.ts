import type { Chart, ChartsBlock, ChartsLegend } from "./pdf-document";
import { ink, type Sheet, type Style, small } from "./pdf-sheet";
import { plain } from "./plain";

/** Line charts beside each other on one scale, each a figure whose sentence is read aloud in its place. */
const gap = 14;
const titleStyle: Style = { ...small, font: "bold" };
const tick: Style = { font: "regular", size: 6.5, leading: 8, color: ink.quiet };
const dashes: [number, { space: number }] = [2.5, { space: 2 }];

/** Where one chart's drawing lies on the page. */
interface Plot {
  readonly x: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** From the left edge of the chart to the first grid line: the numbers of the scale. */
  readonly numbers: number;
}

export function drawCharts(sheet: Sheet, { charts, scale, legend, dense = false }: ChartsBlock): void {
  if (!(scale.to > scale.from && scale.step > 0))
    throw new Error("The scale of a chart must rise in steps above zero.");
  const wide = sheet.width > 600;
  const across = dense ? (wide ? 8 : 5) : wide ? 4 : 3;
  const plot = dense ? { height: 42, left: 11, bottom: 11 } : { height: 64, left: 16, bottom: 14 };
  const width = (sheet.width - gap * (across - 1)) / across;
  if (legend) drawLegend(sheet, legend);
  for (let first = 0; first < charts.length; first += across) {
    const row = charts.slice(first, first + across).map((chart) => ({
      chart,
      title: sheet.wrap(plain(chart.title), titleStyle, width),
      sentence: dense ? [] : sheet.wrap(plain(chart.sentence), small, width),
    }));
    const titles = Math.max(...row.map(({ title }) => title.length)) * titleStyle.leading;
    const sentences = Math.max(...row.map(({ sentence }) => sentence.length)) * small.leading;
    const height = titles + 4 + plot.height + plot.bottom + sentences + (dense ? 4 : 10);
    sheet.need(height);
    row.forEach(({ chart, title, sentence }, i) => {
      const x = sheet.left + i * (width + gap);
      const top = sheet.y + titles + 4;
      const below = top + plot.height + plot.bottom;
      const alt = `${plain(chart.title)}. ${plain(chart.sentence)}`;
      const figure = sheet.tag("Figure", undefined, { alt, bbox: [x, sheet.y, x + width, below] });
      sheet.mark("Figure", figure, () => {
        title.forEach((line, n) => {
          sheet.put(line, x, sheet.y + n * titleStyle.leading, titleStyle);
        });
        sheet.doc.save();
        drawPlot(sheet, chart, scale, legend, {
          x: x + plot.left,
          top,
          width: width - plot.left,
          height: plot.height,
          numbers: plot.left,
        });
        sheet.doc.restore();
      });
      if (sentence.length > 0)
        sheet.mark("P", sheet.tag("P"), () => {
          sentence.forEach((line, n) => {
            sheet.put(line, x, below + n * small.leading, small);
          });
        });
    });
    sheet.y += height;
  }
}

/** A sample of each stroke and its name, in the order in which the eye meets them. */
function drawLegend(sheet: Sheet, legend: ChartsLegend): void {
  const samples: readonly (readonly [string | undefined, (x: number, y: number) => void])[] = [
    [
      legend.line,
      (x, y) => {
        sheet.doc
          .lineWidth(1.2)
          .strokeColor(ink.accent)
          .moveTo(x, y)
          .lineTo(x + 18, y)
          .stroke();
        sheet.doc.circle(x + 9, y, 2).fill(ink.accent);
      },
    ],
    [legend.past, (x, y) => ring(sheet, x + 9, y)],
    [
      legend.other,
      (x, y) => {
        sheet.doc
          .lineWidth(1)
          .strokeColor(ink.quiet)
          .dash(...dashes)
          .moveTo(x, y)
          .lineTo(x + 18, y)
          .stroke()
          .undash();
      },
    ],
    [legend.band, (x, y) => sheet.doc.rect(x, y - 4, 18, 8).fill(ink.sunk)],
  ];
  const named = samples.flatMap(([name, draw]) => (name ? [{ name: plain(name), draw }] : []));
  sheet.need(named.length * small.leading + 6);
  for (const { name, draw } of named) {
    const lines = sheet.wrap(name, small, sheet.width - 26);
    sheet.decorate(() => draw(sheet.left, sheet.y + 4.5));
    sheet.flow("P", sheet.tag("P"), lines, small, 26);
  }
  sheet.y += 6;
}

function drawPlot(
  sheet: Sheet,
  chart: Chart,
  scale: ChartsBlock["scale"],
  legend: ChartsLegend | undefined,
  { x, top, width, height, numbers }: Plot,
): void {
  const { doc } = sheet;
  const y = (value: number) => top + height * (1 - (value - scale.from) / (scale.to - scale.from));
  const inset = 5;
  const step = chart.points.length > 1 ? (width - 2 * inset) / (chart.points.length - 1) : 0;
  const at = (i: number) => (chart.points.length > 1 ? x + inset + i * step : x + width / 2);
  const values = chart.points.map(({ value }) => value);
  requireInScale(chart, scale);

  if (chart.band) drawBand(sheet, chart.band, at, y);
  for (let value = scale.from; value <= scale.to + scale.step / 1000; value += scale.step) {
    const label = String(Math.round(value * 100) / 100);
    doc
      .lineWidth(0.4)
      .strokeColor(ink.line)
      .moveTo(x, y(value))
      .lineTo(x + width, y(value))
      .stroke();
    sheet.put(label, x - numbers, y(value) - 4, tick);
  }
  if (chart.other) {
    doc
      .lineWidth(1)
      .strokeColor(ink.quiet)
      .dash(...dashes);
    drawLine(sheet, chart.other, at, y);
    doc.undash();
    chart.other.forEach((value, i) => {
      if (value !== null) doc.rect(at(i) - 1.5, y(value) - 1.5, 3, 3).fill(ink.quiet);
    });
  }
  doc.lineWidth(1.2).strokeColor(ink.accent);
  drawLine(sheet, values, at, y);
  const newest = values.findLastIndex((value) => value !== null);
  const past = legend?.past ? values.findLastIndex((value, i) => value !== null && i < newest) : -1;
  values.forEach((value, i) => {
    if (value === null) return;
    if (i === past) ring(sheet, at(i), y(value));
    else doc.circle(at(i), y(value), 2).fill(ink.accent);
  });
  labelEnds(sheet, chart, at, top + height + 3, x, width);
}

function requireInScale({ title, points, other = [], band }: Chart, scale: ChartsBlock["scale"]): void {
  for (const series of [points.map(({ value }) => value), other, band?.low ?? [], band?.high ?? []])
    series.forEach((value, i) => {
      if (value !== null && (value < scale.from || value > scale.to))
        throw new Error(
          `"${title}" has ${value} at ${points[i]?.label}, outside its scale of ${scale.from} to ${scale.to}.`,
        );
    });
}

const ring = ({ doc }: Sheet, x: number, y: number) =>
  doc.lineWidth(1).circle(x, y, 2.2).fillAndStroke("#ffffff", ink.accent);

/** A line that breaks where there is no value. */
function drawLine(
  { doc }: Sheet,
  values: readonly (number | null)[],
  at: (i: number) => number,
  y: (value: number) => number,
): void {
  values.forEach((value, i) => {
    const before = values[i - 1] ?? null;
    if (value !== null && before !== null)
      doc
        .moveTo(at(i - 1), y(before))
        .lineTo(at(i), y(value))
        .stroke();
  });
}

/** From point to point where both have both edges; a period that stands alone is as wide as a mark. */
function drawBand(
  { doc }: Sheet,
  { low, high }: NonNullable<Chart["band"]>,
  at: (i: number) => number,
  y: (value: number) => number,
): void {
  const edges = low.map((from, i) => {
    const to = high[i] ?? null;
    return from === null || to === null ? null : { from, to };
  });
  edges.forEach((edge, i) => {
    const before = edges[i - 1];
    const after = edges[i + 1];
    if (edge && before)
      doc
        .polygon([at(i - 1), y(before.from)], [at(i), y(edge.from)], [at(i), y(edge.to)], [at(i - 1), y(before.to)])
        .fill(ink.sunk);
    if (edge && !before && !after)
      doc.rect(at(i) - 3, y(edge.to), 6, Math.max(y(edge.from) - y(edge.to), 1)).fill(ink.sunk);
  });
}

/** The first and the last label: the ones between would run into each other. */
function labelEnds(
  sheet: Sheet,
  { points }: Chart,
  at: (i: number) => number,
  y: number,
  x: number,
  width: number,
): void {
  const ends = points.length > 1 ? [0, points.length - 1] : [0];
  const most = width / ends.length - 4;
  for (const i of ends) {
    const label = sheet.wrap(plain(points[i]?.label ?? ""), tick, most)[0] ?? "";
    const wide = sheet.doc.font(tick.font).fontSize(tick.size).widthOfString(label);
    sheet.put(label, Math.min(Math.max(x, at(i) - wide / 2), x + width - wide), y, tick);
  }
}
