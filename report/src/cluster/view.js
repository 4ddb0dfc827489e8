/** The cluster with its player: a slider through the run, play and pause, and steps from one event to the next. */
import { fileLink, fill, h } from "../dom.js";
import { clock } from "../format.js";
import { eventList } from "./events.js";
import { counts, moments, snapshot, stateAt } from "./model.js";
import { picture } from "./picture.js";

/** Simulated seconds in a second of play; 0: event by event. */
const SPEEDS = [["event by event", 0], ["1 min/s", 60], ["10 min/s", 600], ["1 h/s", 3600], ["6 h/s", 21600]];
const FRAME_MS = 80;
const EVENT_MS = 700;

export function clusterView(data) {
  const cluster = data.cluster;
  if (!cluster?.events) return null;
  const times = moments(cluster);
  const end = Math.max(data.end_s ?? 0, times.at(-1) ?? 0);
  let t = 0;
  let timer = null;
  let selected = null;

  const slider = h("input", { type: "range", id: "time", min: 0, max: Math.ceil(end), step: 1, value: 0, "aria-label": "Simulated time", oninput: () => (pause(), go(Number(slider.value))) });
  const shownTime = h("output", { id: "now", for: "time" });
  const play = h("button", { type: "button", id: "play", onclick: () => (timer ? pause() : start()) }, "▶ play");
  const speed = h("select", { id: "speed", "aria-label": "Speed" }, SPEEDS.map(([name, value]) => h("option", { value, selected: value === 600 }, name)));
  const step = (by) => (pause(), go(by > 0 ? (times.find((at) => at > t) ?? t) : (times.findLast((at) => at < t) ?? 0)));
  const jump = h("input", { type: "text", id: "jump", size: 8, placeholder: "hh:mm:ss", "aria-label": "Go to a time", onchange: () => (pause(), go(parse(jump.value) ?? t)) });
  const resource = h("select", { "aria-label": "Blocks are as wide as", onchange: () => (drawn.measureBy(resource.value), show(true)) }, h("option", { value: "cpu" }, "CPU"), h("option", { value: "memory" }, "memory"));
  const told = h("p", { class: "counts", "aria-live": "off" });
  const life = h("div", { class: "life", hidden: true });
  const drawn = picture(cluster, (what) => ((selected = what), showLife()));
  const list = eventList(cluster, (at) => (pause(), go(at)));

  function go(to) {
    t = Math.min(Math.max(to, 0), end);
    show(false);
  }

  function show(force) {
    slider.value = String(t);
    shownTime.textContent = clock(t, true);
    const now = snapshot(cluster, t);
    drawn.show(now, force);
    fill(told, countsOf(now));
    list.follow(t);
    if (selected) showLife();
  }

  function countsOf(now) {
    const { services, alone, states } = counts(cluster, now);
    const of = (name, all) =>
      h("span", { class: "count" }, h("b", {}, name), ["running", "pending", "stopping"].map((kind) => (kind === "running" || all[kind] > 0 ? h("span", { class: all[kind] || kind === "running" ? "" : "none" }, ` ${all[kind]} ${kind}`) : null)), ["running", "pending", "stopping"].map((kind) => h("data", { value: all[kind], "data-count": `${name}.${kind}` })));
    const parts = [...services].map(([name, all]) => of(name, all));
    if (cluster.tasks.some((task) => task.service === null)) parts.push(of("standalone", alone));
    const instances = [...states].map(([state, count]) => h("span", { class: "count" }, h("b", {}, "instances"), ` ${count} ${state}`, h("data", { value: count, "data-count": `instances.${state}` })));
    return [...parts, ...instances];
  }

  function start() {
    if (t >= end) t = 0;
    const rate = Number(speed.value);
    play.textContent = "⏸ pause";
    timer = setInterval(
      () => {
        if (rate === 0) {
          const next = times.find((at) => at > t);
          return next === undefined ? pause() : go(next);
        }
        go(t + (rate * FRAME_MS) / 1000);
        if (t >= end) pause();
      },
      rate === 0 ? EVENT_MS : FRAME_MS,
    );
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ play";
  }

  /** The life of what was chosen. */
  function showLife() {
    const task = selected.task !== undefined ? cluster.tasks[selected.task] : null;
    const instance = task ? null : cluster.instances[selected.instance];
    const of = task ?? instance;
    const events = cluster.events.filter((event) => (task ? event.task === selected.task : event.instance === selected.instance));
    const row = (event) => h("li", { class: event.t > t ? "later" : "" }, h("button", { type: "button", onclick: () => (pause(), go(event.t)) }, clock(event.t, true)), " ", event.text);
    const place = task && task.instance !== null && task.instance !== undefined ? cluster.instances[task.instance].name : task && task.zone !== null ? cluster.zones[task.zone] : "";
    const about = task ? [task.revision, place, task.cpu && `${task.cpu} CPU units`, task.memory && `${task.memory} MiB`] : [instance.type, cluster.zones[instance.zone], instance.cpu && `${instance.cpu} CPU units`, instance.memory && `${instance.memory} MiB`];
    life.hidden = false;
    fill(
      life,
      h("div", { class: "line" }, h("h4", {}, of.name), h("button", { type: "button", "aria-label": "Close", onclick: () => ((life.hidden = true), (selected = null)) }, "×")),
      h("p", {}, about.filter(Boolean).join(" – "), `; now ${stateAt(of.states, t) ?? "not there yet"}`),
      task?.why && h("p", { class: "why" }, task.why),
      h("ol", {}, events.slice(0, 200).map(row)),
    );
  }

  const section = h(
    "section",
    { id: "cluster" },
    h("div", { class: "line" }, h("h2", {}, "The cluster, step by step"), fileLink(data, "history.csv", "csv")),
    cluster.thinned && h("p", { class: "hint" }, `${cluster.thinned}.`),
    h(
      "div",
      { class: "player" },
      h("button", { type: "button", id: "previous", onclick: () => step(-1) }, "◀ event"),
      play,
      h("button", { type: "button", id: "next", onclick: () => step(1) }, "event ▶"),
      speed,
      shownTime,
      jump,
      h("label", {}, "width: ", resource),
      slider,
    ),
    told,
    h("div", { class: "stage" }, h("div", {}, drawn.node, life), list.node),
  );
  queueMicrotask(() => go(0));
  return { node: section, redraw: () => show(true) };
}

/** `9:01`, `09:01:30`, `1d 09:01`, or seconds. */
function parse(text) {
  const found = text.trim().match(/^(?:(\d+)d\s+)?(\d+):(\d+)(?::(\d+(?:\.\d+)?))?$/);
  if (!found) return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
  const [, days, hours, minutes, seconds] = found;
  return Number(days ?? 0) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
}
