/** Tables that sort and filter; long ones show their first rows until all are asked for. */
import { fileLink, fill, h } from "./dom.js";
import { counted, number } from "./format.js";

const FIRST = 100;

export function tables(data) {
  const all = data.tables ?? [];
  if (!all.length) return null;
  return h("section", { id: "tables" }, h("h2", {}, "Tables"), all.map((one, at) => table(data, one, at === 0)));
}

function table(data, one, open) {
  let rows = one.rows;
  let sorted = null;
  let whole = false;
  let wanted = "";
  const body = h("tbody", {});
  const told = h("p", { class: "hint", "aria-live": "polite" });
  const more = h("button", { type: "button", onclick: () => ((whole = true), draw()) }, "show all");
  const heads = one.columns.map((column, index) =>
    h("th", { class: column.kind, scope: "col", "aria-sort": "none" }, h("button", { type: "button", onclick: () => sort(index) }, column.title, column.unit && h("span", { class: "unit" }, ` ${column.unit}`))),
  );

  function sort(index) {
    const down = sorted?.index === index && !sorted.down;
    sorted = { index, down };
    heads.forEach((head, at) => head.setAttribute("aria-sort", at === index ? (down ? "descending" : "ascending") : "none"));
    draw();
  }

  function draw() {
    const needle = wanted.toLowerCase();
    rows = needle ? one.rows.filter((row) => row.some((cell) => cell !== null && String(cell).toLowerCase().includes(needle))) : one.rows;
    if (sorted) rows = [...rows].sort(order(sorted));
    const shown = whole ? rows : rows.slice(0, FIRST);
    fill(body, shown.map((row) => h("tr", {}, row.map((cell, at) => h("td", { class: one.columns[at].kind }, text(cell))))));
    more.hidden = shown.length === rows.length;
    fill(told, `${counted(rows.length, "row")}${shown.length < rows.length ? `, the first ${FIRST} shown` : ""}${one.thinned ? ` – ${one.thinned}` : ""}`);
  }

  const filter = h("input", { type: "search", placeholder: "filter", "aria-label": `Filter ${one.title}`, oninput: (event) => ((wanted = event.target.value), draw()) });
  const content = h("div", {}, h("div", { class: "line" }, filter, told, more), h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), body)));
  const details = h("details", { id: `table-${one.id}`, open }, h("summary", {}, `${one.title} (${one.rows.length})`, " ", fileLink(data, one.csv, "csv")), content);
  let drawn = false;
  const once = () => {
    if (!drawn && details.open) {
      drawn = true;
      draw();
    }
  };
  details.addEventListener("toggle", once);
  once();
  return details;
}

const text = (cell) => (cell === null ? "—" : typeof cell === "number" ? number(cell) : cell);

/** What has no value stands last, whichever way. */
function order({ index, down }) {
  return (a, b) => {
    const [x, y] = [a[index], b[index]];
    if (x === null || y === null) return (x === null) - (y === null);
    const sign = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -sign : sign;
  };
}
