/** The page: reads its data and builds itself. */
import { drawAll, redraw } from "./charts.js";
import { clusterView } from "./cluster/view.js";
import { isDark } from "./colours.js";
import { fileLink, fill, h } from "./dom.js";
import { header } from "./header.js";
import { results } from "./results.js";
import { tables } from "./table.js";
import { timelines } from "./timelines.js";

const data = JSON.parse(document.getElementById("data").textContent);
const app = document.getElementById("app");

const view = clusterView(data);
const toggle = h("button", { type: "button", id: "theme", onclick: switchTheme }, "dark / light");

fill(
  app,
  header(data, toggle),
  h("main", {}, results(data), timelines(data), view?.node, tables(data)),
  h(
    "footer",
    {},
    h("p", {}, "Files: ", (data.files ?? []).flatMap((file, at) => [at ? ", " : "", fileLink(data, file)])),
    h("p", { class: "hint" }, `${data.program}. Made from the files of its directory: ecsim report DIRECTORY makes it again.`),
  ),
);

// Paper is light, and everything on it is in view.
let theme;
addEventListener("beforeprint", () => {
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  drawAll();
  redraw();
  view?.redraw();
});
addEventListener("afterprint", () => {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  redraw();
  view?.redraw();
});

function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  redraw();
  view?.redraw();
}
