import { existsSync } from "node:fs";
import { launch, type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Rig } from "../rig/rig.ts";

const FLOW = `jtype: Flow
name: shop
with: { port: 0 }
executors:
  - { name: encoder, uses: TfidfEncoder, uses_with: { sparse: true }, replicas: 2 }
  - { name: index, uses: HNSWIndexer, uses_with: { metric: bm25 }, shards: 2, replicas: 2 }
`;
const TEXTS = { shoe: "a red shoe", coat: "a red coat", sock: "a blue sock" };

/** `test/page/run.sh` sets it. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

let rig: Rig;
let browser: Browser;
let address: string;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  if (!existsSync(CHROMIUM))
    throw new Error(`${CHROMIUM} does not exist: install Chromium, or set CHROMIUM to its path`);
  rig = new Rig(FLOW);
  await rig.up();
  const lines = Object.entries(TEXTS).map(([id, text]) => `${JSON.stringify({ id, text })}\n`);
  await rig.post("/index", ["--input", "-"], lines.join(""));
  address = (await rig.ok(["ui"])).trim();
  // Root may not use the sandbox of Chromium. The page is our own.
  browser = await launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  await rig?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  problems.length = 0;
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(address).origin) && !request.url().startsWith("data:"))
      problems.push(`a request to ${request.url()}`);
  });
  await page.goto(address);
  await page.waitForSelector('[data-address="index/1/0"][data-state="ready"]');
  return async () => page.close();
});

const textOf = async (selector: string): Promise<string> =>
  page.$eval(selector, (element) => element.textContent ?? "");

describe("the page of a running flow", () => {
  test("shows the flow, its shards and replicas, loads nothing else and keeps no token in the address", async () => {
    expect(await textOf("h1")).toContain("shop");
    const cells = await page.$$eval("[data-address]", (all) =>
      all.map(
        (cell) => (cell as unknown as { dataset: Record<string, string> }).dataset["address"],
      ),
    );
    expect(cells).toEqual(
      expect.arrayContaining(["gateway/0/0", "encoder/0/1", "index/0/1", "index/1/1"]),
    );
    expect(await textOf(".graph")).toContain("encoder");
    expect(page.url()).not.toContain("token");
    expect(problems).toEqual([]);
  });

  test("a killed replica is seen in its cell, and is ready again", async () => {
    const { pid } = await rig.replica("encoder/0/1");
    process.kill(pid!, "SIGKILL");
    await page.waitForSelector('[data-address="encoder/0/1"]:not([data-state="ready"])');
    await page.waitForSelector('[data-address="encoder/0/1"][data-state="ready"]');
    await page.waitForFunction(
      "document.querySelector('[role=log][aria-label=Events]').textContent.includes('SIGKILL')",
    );
    expect(problems).toEqual([]);
  });

  test("the search box shows the ranked matches", async () => {
    await page.type("input[type=search]", "red shoe");
    await page.keyboard.press("Enter");
    await page.waitForSelector("tbody tr");
    const ids = await page.$$eval("tbody tr", (rows) =>
      rows.map((row) => row.children[2]!.textContent),
    );
    expect(ids[0]).toBe("shoe");
    expect(problems).toEqual([]);
  });

  test("the keyboard selects a replica and restarts it", async () => {
    const before = await rig.replica("encoder/0/0");
    await page.focus('[data-address="encoder/0/0"]');
    await page.keyboard.press("Enter");
    const button = await page.waitForSelector("section[aria-label='Replica encoder/0/0'] .action");
    await button!.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".operation.done");
    expect((await rig.replica("encoder/0/0")).pid).not.toBe(before.pid);
    expect(problems).toEqual([]);
  });

  test("without the token the page shows everything and changes nothing", async () => {
    const visitor = await (await browser.createBrowserContext()).newPage();
    await visitor.goto(new URL(address).origin);
    await visitor.waitForSelector('[data-address="encoder/0/0"]');
    await visitor.click('[data-address="encoder/0/0"]');
    await visitor.waitForSelector("section[aria-label='Replica encoder/0/0']");
    expect(await visitor.$("section .action")).not.toBeNull();
    const headings = await visitor.$$eval(".action", (all) => all.map((one) => one.textContent));
    expect(headings).toEqual(["Search"]);
    await visitor.close();
  });

  test.for(["light", "dark"])("is readable in %s colours", async (value) => {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    const [text, ground] = (await page.evaluate(
      "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]",
    )) as [string, string];
    expect(contrast(text, ground)).toBeGreaterThan(7);
  });
});

/** The contrast of two colours, as WCAG 2 defines it. */
function contrast(one: string, other: string): number {
  const [a, b] = [one, other].map(luminance) as [number, number];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = color.match(/[\d.]+/g)!.map((part) => {
    const value = Number(part) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
