/** Glucose at a glance: time in range, the estimated A1c, and a strip of fourteen days. */
import { SmallMultiples } from "@views/chart.tsx";
import type { Html } from "@views/html.ts";
import { Facts, Panel } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import { counted } from "../counted.ts";
import { inUnit } from "../glucose.ts";
import type { Band } from "../glucose-statistics.ts";
import type { Trend } from "../routes/trend.ts";

const bands: readonly (readonly [Band, string])[] = [
  ["above250", "over 250"],
  ["above180", "181 to 250"],
  ["inRange", "70 to 180"],
  ["below70", "54 to 69"],
  ["below54", "under 54"],
];
const percent = (share: number) => `${Math.round(share)} %`;

export const TrendPanel = ({ trend, more }: { trend: Trend; more?: string | null }): Html => {
  const { statistics, unit, newest } = trend;
  const shown = (mgdl: number) =>
    unit === "mg/dL" ? `${Math.round(mgdl)} mg/dL` : `${inUnit(mgdl, unit).toFixed(1)} mmol/L`;
  return (
    <Panel title="Glucose, 14 days" end={more && <a href={more}>Readings</a>}>
      {statistics === null ? (
        <p>No readings in the last 14 days.</p>
      ) : (
        <>
          <Facts
            stacked
            facts={[
              { term: "Time in range (70 to 180)", value: percent(statistics.shares.inRange) },
              { term: "GMI (estimated A1c)", value: `${statistics.gmi.toFixed(1)} %` },
              { term: "Mean", value: shown(statistics.mean) },
              {
                term: "Newest",
                value: newest ? (
                  <>
                    {newest.meterWord ?? shown(newest.mgdl ?? 0)}, <Time at={newest.at} />
                  </>
                ) : (
                  "None"
                ),
              },
            ]}
          />
          <dl class="glucose-bands">
            {bands.map(([band, label]) => (
              <div>
                <dt>{label}</dt>
                <dd>
                  <meter min={0} max={100} value={statistics.shares[band]} aria-label={`${label} mg/dL`} />
                  <span>{percent(statistics.shares[band])}</span>
                </dd>
              </div>
            ))}
          </dl>
          <SmallMultiples
            title="Mean of each day"
            summary={`Mean glucose of each of the last 14 days in mg/dL; ${counted(trend.readings, "reading")} in all.`}
            periods={trend.strip.map(({ day }) => day.slice(5))}
            series={[
              {
                name: "mg/dL",
                values: trend.strip.map((day) => (day.statistics ? Math.round(day.statistics.mean) : null)),
              },
            ]}
            min={40}
            max={Math.max(320, Math.ceil(statistics.max / 20) * 20)}
          />
          <p class="muted">
            {counted(trend.readings, "reading")}
            {trend.words > 0 && `, ${trend.words} of them HI or LO, which have no number and are not in the mean`}
            {trend.runsBelow70 > 0 && `; ${counted(trend.runsBelow70, "run")} of three or more below 70`}.
            {trend.coverage === null
              ? " From a meter: shares are of the readings, not of the time."
              : trend.coverage < 70
                ? ` The sensor covered ${Math.round(trend.coverage)} % of the time: too thin to judge by.`
                : ""}
          </p>
        </>
      )}
    </Panel>
  );
};
