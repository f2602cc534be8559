/** What cannot get into a page: neither by a slip nor by data. */
import { describe, expect, test } from "bun:test";
import { Unrenderable } from "@views/guard";
import { type Child, type Html, render } from "@views/html";
import { Fragment, jsx } from "@views/jsx-runtime";

const make = (type: string, props: Record<string, unknown>): string =>
  render((jsx as (type: string, props: object) => unknown)(type, props) as Html);

const CORPUS = [
  "<script>alert(1)</script>",
  "</script><script>alert(1)</script>",
  "</textarea><img src=x onerror=alert(1)>",
  "</title><svg/onload=alert(1)>",
  `" onmouseover="alert(1)`,
  `' onmouseover='alert(1)`,
  "`onmouseover=alert(1)`",
  "<!--<img src=--><img src=x onerror=alert(1)//>",
  "<hx-partial hx-target='body'>",
  "<p hx-get='/x' hx-trigger='load'>",
  "&lt;b&gt;",
  "]]><script>",
  "\u0000<\u0000script>",
  "＜script＞",
  "{{constructor.constructor('alert(1)')()}}",
];

/** What a browser makes of the markup: the text, and every element and attribute that is there. */
async function parse(markup: string): Promise<{ text: string; elements: string[]; attributes: Map<string, string> }> {
  const elements: string[] = [];
  const attributes = new Map<string, string>();
  let text = "";
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      elements.push(element.tagName);
      for (const [name, value] of element.attributes) attributes.set(name, value);
    },
    text(chunk) {
      text += chunk.text;
    },
  });
  await rewriter.transform(new Response(markup)).text();
  return { text, elements, attributes };
}

const decode = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

describe("escaping", () => {
  for (const evil of CORPUS) {
    test(`text stays text: ${evil}`, async () => {
      for (const markup of [render(<p>{evil}</p>), render(<p>{["", evil]}</p>), render(<textarea>{evil}</textarea>)]) {
        const { text, elements } = await parse(markup);
        expect(elements).toHaveLength(1);
        expect(decode(text)).toBe(evil);
      }
    });

    test(`an attribute stays one attribute: ${evil}`, async () => {
      const { elements, attributes } = await parse(render(<p title={evil} />));
      expect(elements).toEqual(["p"]);
      expect([...attributes.keys()]).toEqual(["title"]);
      expect(decode(attributes.get("title") ?? "")).toBe(evil);
    });

    test(`an input's value and a query in an address stay what they are: ${evil}`, async () => {
      const { elements, attributes } = await parse(
        render(<input type="text" value={evil} data-from={`/find?q=${encodeURIComponent(evil)}`} />),
      );
      expect(elements).toEqual(["input"]);
      expect([...attributes.keys()].sort()).toEqual(["data-from", "type", "value"]);
      expect(decode(attributes.get("value") ?? "")).toBe(evil);
    });
  }

  test("what is not there is not written", () => {
    expect(render([null, undefined, false, "", 0])).toBe("0");
    expect(render(<p hidden={false} title={null} id={undefined} aria-hidden={false} />)).toBe(
      '<p aria-hidden="false"></p>',
    );
  });
});

const SECRET = "seven-of-nine";

class Sealed {
  readonly inside = SECRET;
}

describe("the guard", () => {
  const attributes: [string, string, unknown][] = [
    ["p", "onclick", "alert(1)"],
    ["p", "onClick", "alert(1)"],
    ["p", "ONLOAD", "alert(1)"],
    ["p", "onfoo", null],
    ["p", "style", "color:red"],
    ["p", "Style", { color: "red" }],
    ["p", "dangerouslySetInnerHTML", { __html: "<b>" }],
    ["p", "className", "a"],
    ["label", "htmlFor", "a"],
    ["p", "innerHTML", "<b>"],
    ["p", 'a"b', "x"],
    ["p", "a b", "x"],
    ["p", "a>b", "x"],
    ["iframe", "srcdoc", "<b>"],
    ["img", "srcset", "x 2x"],
    ["a", "ping", "/x"],
    ["meta", "http-equiv", "refresh"],
    ["a", "xlink:href", "javascript:alert(1)"],
    ["a", "xlinkHref", "javascript:alert(1)"],
    ["a", "href", "javascript:alert(1)"],
    ["a", "href", "JaVaScRiPt:alert(1)"],
    ["a", "href", " javascript:alert(1)"],
    ["a", "href", "java\tscript:alert(1)"],
    ["a", "href", "java\nscript:alert(1)"],
    ["a", "href", "\u0001javascript:alert(1)"],
    ["a", "href", "\u00a0javascript:alert(1)"],
    ["a", "href", "data:text/html,<script>alert(1)</script>"],
    ["a", "href", "vbscript:msgbox(1)"],
    ["a", "href", "blob:https://x/y"],
    ["a", "href", "file:///etc/passwd"],
    ["form", "action", "https://elsewhere.example/"],
    ["form", "action", "//elsewhere.example/"],
    ["form", "action", "/\t/elsewhere.example/"],
    ["form", "action", "/\\elsewhere.example/"],
    ["form", "action", "javascript:alert(1)"],
    ["button", "formaction", "javascript:alert(1)"],
    ["img", "src", "https://elsewhere.example/pixel.gif"],
    ["img", "src", "data:text/html;base64,PGI+"],
    ["script", "src", "//elsewhere.example/x.js"],
    ["a", "hx-get", "https://elsewhere.example/"],
    ["a", "hx-gett", "/x"],
    ["a", "hx-on", "x"],
    ["a", "hx-on:click", "alert(1)"],
    ["a", "hx-vals", "{}"],
    ["a", "hx-live", "1"],
    ["a", "hx-boost", "true"],
    ["a", "data-hx-get", "/x"],
    ["a", "hx-trigger", "click[event.ctrlKey]"],
    ["a", "hx-trigger", "load, js:alert(1)"],
    ["a", "hx-confirm", "js:alert(1)"],
    ["a", "hx-swap", "js:x"],
    ["a", "hx-headers", "js:{a:1}"],
    ["a", "hx-headers", "[1]"],
    ["a", "hx-headers", "a: 1"],
    ["p", "title", { toString: () => "x" }],
    ["p", "title", { value: "x", peek: () => "x" }],
    ["p", "title", ["x"]],
    ["p", "title", new Sealed()],
    ["p", "title", () => "x"],
    ["p", "title", Symbol("x")],
    ["p", "title", 10n],
  ];
  test.each(attributes)("refuses <%s> with %s = %p", (type, name, value) => {
    expect(() => make(type, { [name]: value })).toThrow(Unrenderable);
  });

  const allowed: [string, string, unknown][] = [
    ["a", "href", "/w/nl-01?sort=-late#list"],
    ["a", "href", "?page=2"],
    ["a", "href", "#main"],
    ["a", "href", "https://elsewhere.example/a:b"],
    ["a", "href", "mailto:help@hospital.example"],
    ["a", "href", "tel:+31201234567"],
    ["a", "href", "/find?q=javascript:alert(1)"],
    ["form", "action", "/sign-in"],
    ["form", "action", "?step=2"],
    ["img", "src", "data:image/png;base64,AAAA"],
    ["a", "hx-get", "/list"],
    ["a", "hx-push-url", "true"],
    ["a", "hx-trigger", "change, submit, keyup delay:300ms"],
    ["a", "hx-confirm", "Remove this draft?"],
    ["a", "hx-headers", '{"X-Part":"1"}'],
    ["p", "data-note", "javascript:"],
    ["svg", "viewBox", "0 0 1 1"],
  ];
  test.each(allowed)("lets <%s> with %s = %p through", (type, name, value) => {
    expect(make(type, { [name]: value })).toContain(` ${name}="`);
  });

  const children: [string, unknown][] = [
    ["an object", { a: 1 }],
    ["an object that looks like markup", { type: "script", props: { src: "/x.js" }, key: null }],
    ["a date", new Date(0)],
    ["a promise", Promise.resolve("x")],
    ["a sealed value", new Sealed()],
    ["a function", () => "x"],
    ["true", true],
    ["a symbol", Symbol("x")],
    ["a big integer", 10n],
    ["a map", new Map()],
  ];
  test.each(children)("refuses %s as a child", (_, child) => {
    expect(() => make("p", { children: child })).toThrow(Unrenderable);
    expect(() => make("p", { children: ["a", ["b", child]] })).toThrow(Unrenderable);
    expect(() => render(child as Child)).toThrow(Unrenderable);
  });

  test.each(["iframe", "object", "embed", "base", "style", "template", "math", "hx-partial", "SCRIPT", "p onclick=x"])(
    "refuses the element <%s>",
    (type) => {
      expect(() => make(type, {})).toThrow(Unrenderable);
    },
  );

  test("refuses a script with text, and the renderer's own ways around escaping", () => {
    expect(() => make("script", { src: "/x.js", children: "alert(1)" })).toThrow(Unrenderable);
    const fragment = jsx as (type: unknown, props: object) => unknown;
    expect(() => fragment(Fragment, { tpl: ["<b>"], exprs: [] })).toThrow(Unrenderable);
    expect(() => fragment(Fragment, { UNSTABLE_comment: "--><script>" })).toThrow(Unrenderable);
  });

  test("never says what the value was", () => {
    const refused = [
      () => make("a", { href: `javascript:${SECRET}` }),
      () => make("p", { title: new Sealed() }),
      () => make("p", { children: new Sealed() }),
      () => make("p", { children: { [SECRET]: SECRET } }),
      () => make("a", { "hx-headers": SECRET }),
    ];
    for (const act of refused) {
      try {
        act();
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(Unrenderable);
        expect(String(error)).not.toContain(SECRET);
      }
    }
  });
});
