import type { Chart, ChartsBlock } from "./pdf-document";
import { ink, type Sheet, type Style, small } from "./pdf-sheet";
import { plain } from "./plain";

/** Line charts beside each other on one scale, each a figure whose sentence is read aloud in its place. */
const gap = 14;
const plot = { height: 64, left: 16, bottom: 14 };
const titleStyle: Style = { ...small, font: "bold" };
const tick: Style = { font: "regular", size: 6.5, leading: 8, color: ink.quiet };

export function drawCharts(sheet: Sheet, { charts, scale }: ChartsBlock): void {
  if (!(scale.to > scale.from && scale.step > 0))
    throw new Error("The scale of a chart must rise in steps above zero.");
  const across = sheet.width > 600 ? 4 : 3;
  const width = (sheet.width - gap * (across - 1)) / across;
  for (let first = 0; first < charts.length; first += across) {
    const row = charts.slice(first, first + across).map((chart) => ({
      chart,
      title: sheet.wrap(plain(chart.title), titleStyle, width),
      sentence: sheet.wrap(plain(chart.sentence), small, width),
    }));
    const titles = Math.max(...row.map(({ title }) => title.length)) * titleStyle.leading;
    const sentences = Math.max(...row.map(({ sentence }) => sentence.length)) * small.leading;
    const height = titles + 4 + plot.height + plot.bottom + sentences + 10;
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
        drawPlot(sheet, chart, scale, x + plot.left, top, width - plot.left);
        sheet.doc.restore();
      });
      sheet.mark("P", sheet.tag("P"), () => {
        sentence.forEach((line, n) => {
          sheet.put(line, x, below + n * small.leading, small);
        });
      });
    });
    sheet.y += height;
  }
}

function drawPlot(
  sheet: Sheet,
  chart: Chart,
  scale: ChartsBlock["scale"],
  x: number,
  top: number,
  width: number,
): void {
  const { doc } = sheet;
  const heightOf = (value: number) => top + plot.height * (1 - (value - scale.from) / (scale.to - scale.from));
  for (let value = scale.from; value <= scale.to + scale.step / 1000; value += scale.step) {
    const label = String(Math.round(value * 100) / 100);
    doc
      .lineWidth(0.4)
      .strokeColor(ink.line)
      .moveTo(x, heightOf(value))
      .lineTo(x + width, heightOf(value))
      .stroke();
    sheet.put(label, x - plot.left, heightOf(value) - 4, tick);
  }

  const inset = 5;
  const step = chart.points.length > 1 ? (width - 2 * inset) / (chart.points.length - 1) : 0;
  const at = (i: number) => (chart.points.length > 1 ? x + inset + i * step : x + width / 2);
  doc.lineWidth(1.2).strokeColor(ink.accent);
  chart.points.forEach(({ value, label }, i) => {
    const before = chart.points[i - 1]?.value ?? null;
    if (value === null) return;
    if (value < scale.from || value > scale.to) {
      throw new Error(`"${chart.title}" has ${value} at ${label}, outside its scale of ${scale.from} to ${scale.to}.`);
    }
    if (before !== null)
      doc
        .moveTo(at(i - 1), heightOf(before))
        .lineTo(at(i), heightOf(value))
        .stroke();
  });
  chart.points.forEach(({ value }, i) => {
    if (value !== null) doc.circle(at(i), heightOf(value), 2).fill(ink.accent);
  });
  labelEnds(sheet, chart, at, top + plot.height + 3, x, width);
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
