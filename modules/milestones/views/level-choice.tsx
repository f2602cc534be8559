/** One subcompetency's answer on the scale, with the level texts at hand. Sends "2.5", "NYC1", "NYA" or "". */
import type { FormState } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { Scale } from "@views/scale.tsx";
import { everyLevel, isRated, type Level, levelInWords, writeLevel } from "../level.ts";

const mark = (level: Level) => ({ value: writeLevel(level), label: writeLevel(level), means: levelInWords(level) });
const marks = everyLevel.filter(isRated).map(mark);
const notLevels = everyLevel.filter((level) => !isRated(level)).map(mark);

export interface LevelChoiceProps {
  /** "levels.<subcompetency>" */
  readonly name: string;
  readonly code: string;
  readonly title: string;
  readonly value: Level | null;
  /** Evaluators may have seen nothing of it; a committee and a director answer for everything. */
  readonly mayBeUnobserved?: boolean;
  readonly texts?: readonly { readonly level: number; readonly text: string }[];
  readonly form?: FormState | undefined;
  readonly children?: Child;
}

export const LevelChoice = ({
  name,
  code,
  title,
  value,
  mayBeUnobserved = false,
  texts = [],
  form,
  children,
}: LevelChoiceProps): Html => (
  <Scale
    name={name}
    legend={
      <>
        {code} <span class="optional">{title}</span>
      </>
    }
    marks={marks}
    others={mayBeUnobserved ? [...notLevels, { value: "", label: "Not observed" }] : notLevels}
    value={value ? writeLevel(value) : mayBeUnobserved ? "" : null}
    form={form}
  >
    {texts.length > 0 && (
      <details>
        <summary>What the levels of {code} mean</summary>
        <dl>
          {texts.map(({ level, text }) => (
            <>
              <dt>Level {level}</dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
      </details>
    )}
    {children}
  </Scale>
);
