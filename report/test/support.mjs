/** Pages for tests: made like the program makes them, opened from the disk in a real browser. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const built = new URL("../../src/output/report/", import.meta.url);
const script = readFileSync(new URL("page.js", built), "utf8");
const style = readFileSync(new URL("page.css", built), "utf8");
const hash = (text) => createHash("sha256").update(text).digest("base64");

/** The page of some data. */
export function html(data) {
  const policy = `default-src 'none'; script-src 'sha256-${hash(script)}'; style-src 'sha256-${hash(style)}'; img-src data: blob:; base-uri 'none'; form-action 'none'`;
  const json = JSON.stringify(data).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width, initial-scale=1"><title>test</title><style>${style}</style></head><body><div id="app"></div><script type="application/json" id="data">${json}</script><script>${script}</script></body></html>`;
}

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** Opens a page and keeps everything that it complains of or asks for. */
export async function open(browser, page, options = {}) {
  const file = page.endsWith(".html") ? page : join(mkdtempSync(join(tmpdir(), "report-")), "report.html");
  if (file !== page) writeFileSync(file, page);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const opened = await context.newPage();
  const complaints = [];
  const requests = [];
  opened.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  opened.on("pageerror", (error) => complaints.push(String(error)));
  opened.on("request", (request) => requests.push(request.url()));
  const address = pathToFileURL(file).href;
  await opened.goto(address);
  return { page: opened, complaints, requests, address, close: () => context.close() };
}

/** The data inside a page that the program has made. */
export function dataOf(file) {
  const text = readFileSync(file, "utf8");
  return JSON.parse(text.match(/id="data">(.*?)<\/script>/s)[1]);
}
