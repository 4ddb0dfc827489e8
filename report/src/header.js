/** The question, the answer, objectives and key figures. */
import { fileLink, h } from "./dom.js";

const VERDICTS = { yes: ["✓", "Yes"], no: ["✕", "No"], unknown: ["?", "Not known yet"] };
const OBJECTIVES = { met: ["✓", "met"], missed: ["✕", "missed"], unknown: ["?", "cannot tell"], goal: ["·", "goal"] };
const KINDS = { run: "Run", sweep: "Sweep", compare: "Comparison", plan: "Plan", check: "Check", sensitivity: "Sensitivity" };

export function header(data, toggle) {
  const [sign, word] = VERDICTS[data.verdict] ?? [];
  return h(
    "header",
    {},
    h("div", { class: "line" }, h("p", { class: "kind" }, `${KINDS[data.kind] ?? data.kind} – ${data.name}`), toggle),
    h("h1", {}, data.question ?? data.name),
    data.answer &&
      h(
        "p",
        { class: `answer ${data.verdict ?? ""}` },
        sign && h("span", { class: "sign", role: "img", "aria-label": word }, sign),
        h("span", {}, data.answer),
      ),
    facts(data),
    objectives(data),
    figures(data),
    remarks("Warnings", data.warnings),
    remarks("Notes", data.notes),
  );
}

function facts(data) {
  const all = data.facts ?? [];
  if (!all.length) return null;
  return h("dl", { class: "facts" }, all.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

function objectives(data) {
  const all = data.objectives ?? [];
  if (!all.length) return null;
  const row = ({ text, estimate, verdict }) => {
    const [sign, word] = OBJECTIVES[verdict] ?? OBJECTIVES.goal;
    return h(
      "li",
      { class: verdict },
      h("span", { class: "sign", "aria-hidden": "true" }, sign),
      h("span", { class: "what" }, h("b", {}, word), " ", text),
      h("span", { class: "found" }, estimate),
    );
  };
  return h("ul", { class: "objectives", "aria-label": "Objectives" }, all.map(row));
}

function figures(data) {
  const all = data.figures ?? [];
  if (!all.length) return null;
  const tile = ({ title, of, value, detail, csv }) =>
    h(
      "div",
      { class: "tile" },
      h("p", { class: "title" }, title, " ", h("span", { class: "of" }, of)),
      h("p", { class: "value" }, value),
      h("p", { class: "detail" }, detail || null, fileLink(data, csv, "csv")),
    );
  return h("div", { class: "tiles" }, all.map(tile));
}

function remarks(title, all) {
  if (!all?.length) return null;
  return h("details", { class: "remarks" }, h("summary", {}, `${title} (${all.length})`), h("ul", {}, all.map((text) => h("li", {}, text))));
}
