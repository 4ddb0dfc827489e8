/**
 * The page in a real browser, opened from the disk. `ECSIM` names the program (default: the debug build of this repository),
 * `CHROMIUM` the browser.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dataOf, html, launch, open } from "./support.mjs";

const repository = new URL("../../", import.meta.url).pathname;
const program = process.env.ECSIM ?? join(repository, "target/debug/ecsim");
const directory = mkdtempSync(join(tmpdir(), "ecsim-report-"));
let browser;

/** Runs the program and gives the page that it has made. */
function made(name, ...words) {
  execFileSync(program, [...words, "--quiet", "--out", join(directory, name)], { cwd: repository });
  return join(directory, name, "report.html");
}

/** The rows of a table, by column. No cell of these tables has a comma or a quote that matters here. */
function csv(name, file) {
  const [head, ...rows] = readFileSync(join(directory, name, file), "utf8").trimEnd().split("\n").map(cells);
  return rows.map((row) => Object.fromEntries(head.map((column, at) => [column, row[at]])));
}

function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare);
}

before(async () => {
  browser = await launch();
  made("run", "run", "--set", "experiment.replications=3");
});
after(() => browser?.close());

const run = () => join(directory, "run", "report.html");

async function goTo(page, seconds) {
  await page.fill("#jump", String(seconds));
  await page.press("#jump", "Enter");
}

const count = (page, name) => page.locator(`[data-count="${name}"]`).getAttribute("value").then(Number);

test("it loads from the disk without asking for anything and without a complaint", async () => {
  const opened = await open(browser, run());
  await opened.page.waitForSelector("#cluster .box");
  assert.deepEqual(opened.requests, [opened.address]);
  assert.deepEqual(opened.complaints, []);
  assert.match(await opened.page.textContent("h1"), /small shop keep its promise/);
  assert.equal(await opened.page.locator(".objectives li").count(), 4);
  await opened.close();
});

test("a day of a small cluster is below two megabytes", () => {
  assert.ok(statSync(run()).size < 2_000_000, `${statSync(run()).size} bytes`);
});

test("it is made again from its directory, byte for byte", () => {
  const first = readFileSync(run());
  execFileSync(program, ["report", join(directory, "run")]);
  assert.ok(first.equals(readFileSync(run())));
});

test("the counts are those of services.csv at every sample, through a deployment and the loss of a zone", async () => {
  const opened = await open(browser, run());
  const samples = csv("run", "services.csv");
  const minutes = [0, 600, 27600, 32460, 32520, 32580, 32640, 54000, 54060, 54120, 54180, 56700, 56760, 56820, 86340];
  let compared = 0;
  for (const time of minutes) {
    await goTo(opened.page, time);
    for (const sample of samples.filter((row) => Number(row.time_s) === time)) {
      const [running, pending, stopping] = await Promise.all(["running", "pending", "stopping"].map((kind) => count(opened.page, `${sample.service}.${kind}`)));
      assert.equal(pending, Number(sample.pending), `${sample.service} pending at ${time}`);
      // A task that was told to stop is RUNNING for ECS until it has taken its first step.
      assert.ok(running <= Number(sample.running) && Number(sample.running) <= running + stopping, `${sample.service} running at ${time}: ${running} + ${stopping}, ${sample.running}`);
      compared += 1;
    }
  }
  assert.equal(compared, 2 * minutes.length);
  await opened.close();
});

test("instances that are lost with their zone are told apart, and are back at its end", async () => {
  const opened = await open(browser, run());
  const capacity = csv("run", "capacity.csv").filter((row) => row.capacity_provider === "ec2");
  for (const time of [0, 54120, 56760]) {
    await goTo(opened.page, time);
    const there = Number(capacity.find((row) => Number(row.time_s) === time).instances);
    assert.equal(await count(opened.page, "instances.ACTIVE"), there, `at ${time}`);
  }
  await goTo(opened.page, 54030);
  assert.equal(await count(opened.page, "instances.LOST"), 2);
  assert.equal(await opened.page.locator(".box.lost").count(), 2);
  await opened.close();
});

test("steps go from one event to the next and back", async () => {
  const opened = await open(browser, run());
  const times = [...new Set(csv("run", "history.csv").map((row) => Number(row.time_s)))].sort((a, b) => a - b);
  const now = () => opened.page.textContent("#now");
  const start = await now();
  for (let step = 0; step < 3; step += 1) await opened.page.click("#next");
  const third = times[3];
  const pad = (value) => String(Math.floor(value)).padStart(2, "0");
  assert.ok((await now()).startsWith(`${pad(third / 3600)}:${pad((third / 60) % 60)}:${pad(third % 60)}`), `${await now()} for ${third}`);
  for (let step = 0; step < 3; step += 1) await opened.page.click("#previous");
  assert.equal(await now(), start);
  await opened.close();
});

test("it plays, pauses and follows the slider", async () => {
  const opened = await open(browser, run());
  await opened.page.selectOption("#speed", "3600");
  await opened.page.click("#play");
  await opened.page.waitForFunction(() => Number(document.querySelector("#time").value) > 1800);
  await opened.page.click("#play");
  const paused = await opened.page.inputValue("#time");
  await opened.page.waitForTimeout(300);
  assert.equal(await opened.page.inputValue("#time"), paused);
  await opened.page.locator("#time").evaluate((slider) => {
    slider.value = "43200";
    slider.dispatchEvent(new Event("input"));
  });
  assert.equal(await opened.page.textContent("#now"), "12:00:00");
  await opened.page.selectOption("#speed", "0");
  await opened.page.click("#play");
  await opened.page.waitForFunction(() => document.querySelector("#now").textContent !== "12:00:00");
  await opened.close();
});

test("an event of the list takes the picture to its time, and a task tells its life", async () => {
  const opened = await open(browser, run());
  await opened.page.fill('[aria-label="Filter events"]', "us-east-1a is DOWN");
  await opened.page.click(".event");
  assert.equal(await opened.page.textContent("#now"), "15:00:00");
  await opened.page.click(".box.lost .task");
  const life = await opened.page.textContent(".life");
  assert.match(life, /TerminationNotice/);
  assert.match(life, /CPU units/);
  await opened.close();
});

const hostile = `<img src=x onerror="document.title='owned'">`;
const names = [hostile, "</script><script>document.title='owned'</script>", "=cmd()", "\u202eevil", "x".repeat(300)];

test("hostile names are text everywhere", async () => {
  const data = dataOf(run());
  data.question = names.join(" ");
  data.cluster.services = [names[0], names[1]];
  data.cluster.zones = data.cluster.zones.map((_, at) => names[at]);
  data.cluster.instances.forEach((one, at) => (one.name = names[at % names.length]));
  data.cluster.events.forEach((one, at) => (one.text = one.subject = names[at % names.length]));
  data.timelines.forEach((one) => ((one.section = hostile), one.series.forEach((line) => (line.name = hostile))));
  data.tables.forEach((one) => one.rows.forEach((row, at) => (row[0] = names[at % names.length])));
  data.files.push("../../etc/passwd?<img>");
  const opened = await open(browser, html(data));
  await opened.page.waitForSelector("#cluster .box");
  await opened.page.click(".task");
  assert.equal(await opened.page.locator("img").count(), 0);
  assert.equal(await opened.page.title(), "test");
  assert.ok((await opened.page.textContent("h1")).includes(hostile));
  assert.deepEqual(opened.complaints, []);
  const [wide, view] = await opened.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= view, `${wide} > ${view}`);
  await opened.close();
});

test("it fits a phone", async () => {
  const opened = await open(browser, run(), { viewport: { width: 360, height: 740 } });
  await opened.page.waitForSelector("#cluster .box");
  const [wide, view] = await opened.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= view, `${wide} > ${view}`);
  await opened.close();
});

test("it is dark where that is preferred, and the other way round when asked", async () => {
  const opened = await open(browser, run(), { colorScheme: "dark" });
  const ground = () => opened.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await opened.page.click("#theme");
  assert.equal(await ground(), "rgb(255, 255, 255)");
  assert.notEqual(dark, "rgb(255, 255, 255)");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("on paper there are no controls and all charts", async () => {
  const opened = await open(browser, run(), { colorScheme: "dark" });
  await opened.page.waitForSelector("#cluster .box");
  await opened.page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await opened.page.emulateMedia({ media: "print" });
  assert.equal(await opened.page.locator("#play").isVisible(), false);
  assert.equal(await opened.page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  const [charts, drawn] = await opened.page.evaluate(() => [document.querySelectorAll(".chart").length, document.querySelectorAll(".chart canvas").length]);
  assert.equal(drawn, charts);
  await opened.close();
});

test("tables sort and filter, and what has no value stands last", async () => {
  const opened = await open(browser, run());
  const table = opened.page.locator("#table-summary");
  await table.locator("th", { hasText: "mean" }).locator("button").click();
  const means = await table.locator("tbody tr td:nth-child(4)").allTextContents();
  const numbers = means.filter((text) => text !== "—").map((text) => Number(text.replaceAll("\u202f", "")));
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.ok(means.lastIndexOf("—") === -1 || means.indexOf("—") >= numbers.length);
  await table.locator('input[type="search"]').fill("availability");
  const shown = await table.locator("tbody tr").count();
  assert.equal(shown, csv("run", "summary.csv").filter((row) => row.metric.includes("availability")).length);
  await opened.close();
});

test("a result with nothing in it makes a page that says so much", async () => {
  const opened = await open(browser, html({ format: 1, program: "ecsim", kind: "run", name: "empty" }));
  assert.equal(await opened.page.textContent("h1"), "empty");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("sweeps, plans, comparisons and sensitivities have pages of their own", async () => {
  const few = ["--replications", "3"];
  const cases = [
    ["sweep", ["sweep", "scenarios/how-many-instances.yaml", ...few], 3],
    ["compare", ["compare", "scenarios/how-many-instances.yaml", "--set", "aws.containerInstances.ec2.count=8", ...few], 1],
    ["sensitivity", ["sensitivity", "scenarios/how-many-instances.yaml", "--replications", "2"], 1],
  ];
  for (const [kind, words, charts] of cases) {
    const opened = await open(browser, made(kind, ...words));
    assert.equal(dataOf(join(directory, kind, "report.html")).kind, kind);
    assert.ok((await opened.page.locator("#results figure").count()) >= charts, kind);
    await opened.page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.deepEqual(opened.complaints, [], kind);
    assert.deepEqual(opened.requests, [opened.address], kind);
    await opened.close();
  }
});
