/** What app.js and htmx add, in a browser, and that nothing is lost without them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { linkProblemPage } from "@core/http/problem-page.tsx";
import { Problem } from "@core/problem.ts";
import { renderPage } from "@views/html.ts";
import type { Browser, Page } from "playwright-core";
import { axe, launchBrowser, shoot } from "../support/browser.ts";
import { openGallery, type Showroom } from "./showroom.ts";

let browser: Browser;
let room: Showroom;
beforeAll(async () => {
  browser = await launchBrowser();
  room = openGallery();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await room.close();
});

async function visit(name: string, use: (page: Page) => Promise<void>, script = true): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 }, javaScriptEnabled: script });
  try {
    const page = await context.newPage();
    await page.goto(room.url(name), { waitUntil: "load" });
    await use(page);
  } finally {
    await context.close();
  }
}

const focused = (page: Page) => page.evaluate<string>("document.activeElement.id || document.activeElement.className");

describe("with the script", () => {
  test("a refused form has the focus on the list of its problems, and its links lead to the fields", () =>
    visit("form", async (page) => {
      expect(await focused(page)).toBe("error-summary");
      await page.getByRole("link", { name: "Systolic blood pressure must be" }).click();
      expect(await focused(page)).toBe("field-systolic");
    }));

  test("a slash goes to the search, but not from within a field", () =>
    visit("subjects", async (page) => {
      await page.keyboard.press("/");
      expect(await focused(page)).toBe("search");
      await page.keyboard.type("a/b");
      expect(await page.inputValue("#search")).toBe("a/b");
    }));

  test("the person's menu opens, is sound, and closes on Escape", () =>
    visit("subjects", async (page) => {
      await page.getByText("M. de Vries", { exact: true }).click();
      expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBe(true);
      await shoot(page, "person-menu");
      expect(await axe(page)).toEqual([]);
      await page.keyboard.press("Escape");
      expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBe(false);
    }));

  test("a dialog opens over the page with the focus on the safe button", () =>
    visit("visit", async (page) => {
      await page.getByRole("link", { name: "Lock the visit" }).click();
      expect(await page.getByRole("dialog", { name: "Lock week 4 of NL-01-103?" }).isVisible()).toBe(true);
      expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Cancel");
      await shoot(page, "dialog");
      expect(await axe(page)).toEqual([]);
      await page.getByRole("button", { name: "Cancel" }).click();
      expect(await page.locator("#lock").isVisible()).toBe(false);
      expect(page.url()).toBe(room.url("visit"));
    }));

  test("the bar for the selected appears with the first selection, and the head selects all", () =>
    visit("subjects", async (page) => {
      const bar = page.getByText("With the selected:");
      expect(await bar.isVisible()).toBe(false);
      await page.getByLabel("Select NL-01-102").check();
      expect(await bar.isVisible()).toBe(true);
      await shoot(page, "selection");
      await page.getByLabel("Select all rows").check();
      expect(await page.locator("tbody input:checked").count()).toBe(50);
    }));

  test("filters follow at once: the list is swapped, the address says so, the policy has no complaint", () =>
    visit("subjects", async (page) => {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      const answered = page.waitForResponse((response) => response.url().includes("/subjects?"));
      await page.getByLabel("Site").selectOption("02 Utrecht");
      await answered;
      await page.waitForURL(/site=02\+Utrecht|site=02%20Utrecht/);
      expect(complaints).toEqual([]);
    }));

  test("a server that fails leaves the page as it was and says that nothing was saved", () =>
    visit("subjects", async (page) => {
      await page.route("**/subjects?*", (route) => route.fulfill({ status: 503, body: "<h1>down</h1>" }));
      await page.getByLabel("Site").selectOption("02 Utrecht");
      await page.getByText("Nothing was saved").waitFor();
      expect(await page.getByRole("heading", { name: "Subjects" }).isVisible()).toBe(true);
      expect(await page.getByText("down", { exact: true }).count()).toBe(0);
    }));

  test("what the house had no room for is sent again by itself, as it was typed", () =>
    visit("form", async (page) => {
      const fields = [
        ["agreed", "a1"],
        ["agreed", "a2"],
        ["name", 'Pia "Ñ"'],
      ] as const;
      const kept = { action: "/sent", fields, files: [], withholds: false, goesByItself: true };
      const busy = linkProblemPage(new Problem("busy"), "en", kept);
      await page.clock.install();
      await page.route("**/busy", (route) =>
        route.fulfill({ contentType: "text/html", body: busy ? renderPage(busy) : "" }),
      );
      await page.goto(room.url("busy"), { waitUntil: "load" });
      expect(await axe(page)).toEqual([]);
      const sent = page.waitForRequest((request) => request.method() === "POST");
      await page.clock.fastForward(7_000);
      expect([...new URLSearchParams((await sent).postData() ?? "")]).toEqual(
        fields.map(([name, value]) => [name, value]),
      );
    }));

  test("leaving with unsaved entries asks first", () =>
    visit("form", async (page) => {
      const asked = page.waitForEvent("dialog").then(async (dialog) => {
        await dialog.dismiss();
        return dialog.type();
      });
      await page.getByLabel("Remarks").fill("Cuff size M");
      await page.getByRole("link", { name: "Next form" }).click({ noWaitAfter: true });
      expect(await asked).toBe("beforeunload");
    }));

  test("two minutes before the session ends it warns, keeps the draft, and can go on", async () => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.clock.install();
      await page.goto(room.url("form"), { waitUntil: "load" });
      await page.getByLabel("Remarks").fill("Cuff size M");
      const dialog = page.getByRole("dialog", { name: "Your session is about to end" });
      await page.clock.fastForward(1079_000);
      expect(await dialog.isVisible()).toBe(false);
      const draft = page.waitForRequest((request) => request.url().endsWith("/form/draft"));
      await page.clock.fastForward(2_000);
      expect((await draft).method()).toBe("POST");
      expect(await dialog.isVisible()).toBe(true);
      await shoot(page, "session");
      const stay = page.waitForResponse((response) => response.url().endsWith("/account/stay"));
      await page.getByRole("button", { name: "Stay signed in" }).click();
      expect((await stay).status()).toBe(204);
      await dialog.waitFor({ state: "hidden" });
      expect(await page.getByLabel("Remarks").inputValue()).toBe("Cuff size M");
      expect(await page.evaluate<number>("localStorage.length + sessionStorage.length")).toBe(0);
    } finally {
      await context.close();
    }
  });
});

describe("without the script", () => {
  test("the control that would open a dialog leads to the page with the same question", () =>
    visit(
      "visit",
      async (page) => {
        await page.getByRole("link", { name: "Lock the visit" }).click({ noWaitAfter: true });
        await page.waitForURL("**/w/nl-01/visits/4/lock");
      },
      false,
    ));

  test("what needs the script is not shown", () =>
    visit(
      "form",
      async (page) => {
        expect(await page.getByText("Print", { exact: true }).isVisible()).toBe(false);
      },
      false,
    ));

  test("filters are a form with a button", () =>
    visit(
      "subjects",
      async (page) => {
        await page.getByLabel("Site").selectOption("02 Utrecht");
        await page.getByRole("button", { name: "Apply" }).click();
        await page.waitForURL(/site=02/);
      },
      false,
    ));
});

describe("on paper", () => {
  test("the chrome is gone, the ink is black, and the foot says whose copy it is", () =>
    visit("subjects", async (page) => {
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.locator(".bar").isVisible()).toBe(false);
      expect(await page.locator("#nav").isVisible()).toBe(false);
      expect(await page.getByText("Printed by M. de Vries").isVisible()).toBe(true);
      expect(await page.evaluate<string>("getComputedStyle(document.body).color")).toBe("rgb(0, 0, 0)");
      await shoot(page, "print");
    }));
});

describe("the eyes of these tests", () => {
  test("axe would notice a picture without words", () =>
    visit("problem", async (page) => {
      await page.evaluate("document.querySelector('main').append(document.createElement('img'))");
      expect((await axe(page)).map(({ rule }) => rule)).toContain("image-alt");
    }));

  test("the policy would stop a style and a script in the page, and it would be heard", () =>
    visit("problem", async (page) => {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      await page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\" onclick=\"1\">x</p>'); document.body.lastChild.click()",
      );
      expect(complaints.filter((text) => text.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(2);
    }));
});
