/** Zones as columns, instances as boxes, tasks as blocks as wide as what they reserve. */
import { colour } from "../colours.js";
import { h } from "../dom.js";
import { KINDS, revisions } from "./model.js";

const STATES = { ACTIVE: "", DRAINING: "draining", LOST: "lost", DISCONNECTED: "disconnected", LAUNCHING: "launching", REGISTERING: "launching" };

/**
 * @param {Object} cluster
 * @param {(what: {task?: number, instance?: number}) => void} select
 */
export function picture(cluster, select) {
  const root = h("div", { class: "zones" });
  const age = revisions(cluster);
  const boxes = new Map();
  let resource = "cpu";

  const lanes = cluster.zones.map((zone) => {
    const machines = h("div", { class: "machines" });
    const fargate = h("div", { class: "tasks fargate" });
    const lane = h("div", { class: "lane" }, h("p", { class: "label" }, "Fargate"), fargate);
    root.append(h("section", { class: "zone", "aria-label": zone }, h("h4", {}, zone), machines, lane));
    return { machines, fargate, lane };
  });
  const waiting = h("div", { class: "tasks fargate" });
  const waits = h("section", { class: "waiting", hidden: true }, h("h4", {}, "Waiting for a place"), waiting);

  function box(index) {
    if (boxes.has(index)) return boxes.get(index);
    const instance = cluster.instances[index];
    const state = h("span", { class: "state" });
    const tasks = h("div", { class: "tasks" });
    const size = instance.type ?? (instance.cpu ? `${instance.cpu} CPU units` : "");
    const node = h(
      "div",
      { class: "box", "data-instance": instance.name },
      h("button", { type: "button", class: "head", onclick: () => select({ instance: index }) }, h("b", {}, instance.name), " ", h("span", { class: "of" }, size), state),
      tasks,
    );
    const made = { node, state, tasks, shown: "" };
    boxes.set(index, made);
    return made;
  }

  function block({ task, index, state, kind }, width) {
    const named = task.name.slice(task.name.lastIndexOf("#"));
    const node = h(
      "button",
      { type: "button", class: `task ${kind} age${Math.min(age(task), 2)}`, title: `${task.name} – ${task.revision} – ${state}`, "data-task": task.name, onclick: () => select({ task: index }) },
      h("span", {}, named),
    );
    node.style.setProperty("--c", task.service === null ? "var(--muted)" : colour(task.service));
    if (width) node.style.width = `${width}%`;
    return node;
  }

  function widthOf(task) {
    const whole = cluster.instances[task.instance]?.[resource];
    return whole && task[resource] ? Math.max(2, (100 * task[resource]) / whole) : 12;
  }

  /** Shows the cluster of a snapshot; what has not changed stays as it is. */
  function show({ tasks, instances }, force) {
    const on = new Map();
    const fargate = cluster.zones.map(() => []);
    const nowhere = [];
    for (const one of tasks) {
      const { instance, zone } = one.task;
      if (instance !== null && instance !== undefined) {
        if (!on.has(instance)) on.set(instance, []);
        on.get(instance).push(one);
      } else if (zone !== null && zone !== undefined) fargate[zone].push(one);
      else nowhere.push(one);
    }
    const there = cluster.zones.map(() => []);
    for (const { instance, index, state } of instances) {
      const made = box(index);
      there[instance.zone].push(made.node);
      const own = on.get(index) ?? [];
      const look = `${state}|${own.map((one) => `${one.index}:${one.state}`).join()}`;
      if (look === made.shown && !force) continue;
      made.shown = look;
      made.node.className = `box ${STATES[state] ?? ""}`;
      made.state.textContent = state === "ACTIVE" ? "" : state;
      made.tasks.replaceChildren(...own.map((one) => block(one, widthOf(one.task))));
    }
    lanes.forEach((lane, zone) => {
      const nodes = there[zone];
      if (nodes.length !== lane.machines.children.length || nodes.some((node, at) => lane.machines.children[at] !== node)) {
        lane.machines.replaceChildren(...nodes);
      }
      lane.fargate.replaceChildren(...fargate[zone].map((one) => block(one)));
      lane.lane.hidden = !fargate[zone].length;
    });
    waiting.replaceChildren(...nowhere.map((one) => block(one)));
    waits.hidden = !nowhere.length;
  }

  return { node: h("div", {}, root, waits, legend(cluster)), show, measureBy: (name) => (resource = name) };
}

function legend(cluster) {
  const swatch = (text, kind, service) => {
    const sample = h("span", { class: `task ${kind}`, "aria-hidden": "true" });
    sample.style.setProperty("--c", service === null ? "var(--muted)" : colour(service));
    return h("span", { class: "key" }, sample, text);
  };
  const services = cluster.services.slice(0, 12).map((name, at) => swatch(name, "running", at));
  const kinds = [...new Set(Object.values(KINDS))].map((kind) => swatch(kind, kind, null));
  return h("p", { class: "legend" }, services, cluster.tasks.some((task) => task.service === null) && swatch("standalone", "running", null), h("span", { class: "gap" }), kinds, swatch("older revision", "running age1", null));
}
