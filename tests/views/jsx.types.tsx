// biome-ignore-all lint/a11y: wrong on purpose
// biome-ignore-all lint/correctness: wrong on purpose
// biome-ignore-all lint/security: wrong on purpose
/** What does not compile. Checked by tsc: a line that would compile after all is an unused expectation, and an error. Hyphenated
 * attributes are beyond types (tsc takes any): those are the guard's. */
import type { Html } from "@views/html";

class Sealed {
  readonly inside = "x";
}

const Named = (props: { name: string }): Html => <b>{props.name}</b>;
const Later = async (): Promise<Html> => <b>later</b>;
const Thing = (): { a: number } => ({ a: 1 });

export const refused = [
  // @ts-expect-error a plain object is not markup
  <p>{{ a: 1 }}</p>,
  // @ts-expect-error a date reads differently in every place
  <p>{new Date()}</p>,
  // @ts-expect-error a promise is not awaited
  <p>{Promise.resolve("x")}</p>,
  // @ts-expect-error a sealed value cannot be shown
  <p>{new Sealed()}</p>,
  // @ts-expect-error not in a list either
  <p>{["a", new Sealed()]}</p>,
  // @ts-expect-error true shows nothing and is a slip
  <p>{true}</p>,
  // @ts-expect-error a function is not markup
  <p>{() => "x"}</p>,
  // @ts-expect-error a typo
  <p clas="a" />,
  // @ts-expect-error spelled as in HTML
  <p className="a" />,
  // @ts-expect-error spelled as in HTML
  <label htmlFor="a">A</label>,
  // @ts-expect-error looks are in app.css
  <p style="color: red" />,
  // @ts-expect-error behaviour is in app.js
  <p onclick="alert(1)" />,
  // @ts-expect-error behaviour is in app.js
  <p onClick={() => undefined} />,
  // @ts-expect-error a picture has words
  <img src="/a.png" />,
  // @ts-expect-error a button says what it does
  <button>Send</button>,
  // @ts-expect-error an input says what it takes
  <input name="a" />,
  // @ts-expect-error a link leads somewhere
  <a>Nowhere</a>,
  // @ts-expect-error a head says what it heads
  <th>Site</th>,
  // @ts-expect-error not a way to swap
  <p hx-swap="outerHtml" />,
  // @ts-expect-error not an attribute of this element
  <p href="/x" />,
  // @ts-expect-error an attribute takes no object
  <p title={new Sealed()} />,
  // @ts-expect-error a void element holds nothing
  <br>a</br>,
  // @ts-expect-error no frames
  <iframe src="/x" />,
  // @ts-expect-error no raw markup
  <p dangerouslySetInnerHTML={{ __html: "<b>" }} />,
  // @ts-expect-error a component's props are checked
  <Named nam="x" />,
  // @ts-expect-error a component answers at once
  <Later />,
  // @ts-expect-error a component gives markup
  <Thing />,
  // @ts-expect-error scripts are files
  <script>alert(1)</script>,
];

export const allowed = [
  <p class="a" id="b" hidden={false} aria-hidden data-x={1} hx-get="/x" hx-swap="outerMorph">
    text {1} {null} {undefined} {["a", <b>b</b>, [1]]}
    <Named name="x" key={1} />
  </p>,
];
