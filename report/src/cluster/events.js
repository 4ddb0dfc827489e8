/** The list of what happened: long, so that only what is in view is made. */
import { fill, h } from "../dom.js";
import { clock } from "../format.js";

const ROW = 46;
const AROUND = 6;

/**
 * @param {Object} cluster
 * @param {(t: number) => void} jump
 */
export function eventList(cluster, jump) {
  const kinds = [...new Set(cluster.events.map((event) => event.kind))].sort();
  let shown = cluster.events.map((_, index) => index);
  let now = 0;
  const space = h("div", { class: "space", role: "list" });
  const scroll = h("div", { class: "scroll", tabindex: "0", "aria-label": "Events", onscroll: () => draw() }, space);
  const told = h("span", { class: "hint", "aria-live": "polite" });
  const kind = h("select", { "aria-label": "Kind of event", onchange: filter }, h("option", { value: "" }, "all kinds"), kinds.map((name) => h("option", { value: name }, name)));
  const words = h("input", { type: "search", placeholder: "name or word", "aria-label": "Filter events", oninput: filter });

  function filter() {
    const needle = words.value.toLowerCase();
    shown = [];
    cluster.events.forEach((event, index) => {
      const fits = (!kind.value || event.kind === kind.value) && (!needle || event.text.toLowerCase().includes(needle) || event.subject.toLowerCase().includes(needle));
      if (fits) shown.push(index);
    });
    follow(now);
  }

  /** The place of the first event after a time, in what is shown. */
  function after(t) {
    let [low, high] = [0, shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cluster.events[shown[middle]].t <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Scrolls to a time. */
  function follow(t) {
    now = t;
    const place = after(t) - 1;
    scroll.scrollTop = Math.max(0, place * ROW - scroll.clientHeight / 2 + ROW);
    draw();
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - AROUND);
    const last = Math.min(shown.length, Math.ceil((scroll.scrollTop + (scroll.clientHeight || 400)) / ROW) + AROUND);
    space.style.height = `${shown.length * ROW}px`;
    const edge = after(now) - 1;
    const current = edge >= 0 ? cluster.events[shown[edge]].t : -1;
    fill(space, shown.slice(first, last).map((index, at) => row(cluster.events[index], first + at, current)));
    told.textContent = `${shown.length} of ${cluster.events.length}`;
  }

  function row(event, place, current) {
    const when = event.t === current ? "now" : event.t > now ? "later" : "";
    const node = h(
      "button",
      { type: "button", role: "listitem", class: `event of-${event.kind} ${event.level ?? ""} ${when}`, title: event.text, onclick: () => jump(event.t) },
      h("span", { class: "when" }, clock(event.t, true)),
      h("span", { class: "kind" }, event.kind),
      h("span", { class: "text" }, event.text),
    );
    node.style.top = `${place * ROW}px`;
    return node;
  }

  return { node: h("div", { class: "events" }, h("div", { class: "line" }, kind, words, told), scroll), follow, draw };
}
