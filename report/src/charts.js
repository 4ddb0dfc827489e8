/** Charts: one way to put them on the page, drawn when they come into view, and again when the theme changes. */
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour, theme } from "./colours.js";
import { fileLink, h } from "./dom.js";

echarts.use([
  BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, DataZoomComponent, GridComponent, LegendComponent,
  MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer,
]);

const all = new Set();

/**
 * A figure with a chart.
 * @param {Object} data the page's data
 * @param {{id: string, title: string, csv?: string, unit?: string}} about
 * @param {number} height in pixels
 * @param {(theme: Object, colour: Function) => Object} option made anew for each theme
 * @param {string} [group] charts of a group share zoom and cursor
 */
export function figure(data, about, height, option, group) {
  const place = h("div", { class: "chart", role: "img", "aria-label": about.title });
  place.style.height = `${height}px`;
  const chart = { place, option, group, drawn: null };
  all.add(chart);
  watcher.observe(place);
  place.chart = chart;
  return h(
    "figure",
    { id: about.id },
    h("figcaption", {}, h("span", {}, about.title, about.unit && h("span", { class: "unit" }, ` ${about.unit}`)), fileLink(data, about.csv, "csv")),
    place,
  );
}

const watcher = new IntersectionObserver(
  (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => draw(entry.target.chart)),
  { rootMargin: "300px" },
);

function draw(chart) {
  if (chart.drawn || !chart.place.isConnected) return;
  chart.drawn = echarts.init(chart.place, null, { renderer: "canvas" });
  const colours = theme();
  chart.drawn.setOption({
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.text },
    ...chart.option(colours, colour),
  });
  if (chart.group) {
    chart.drawn.group = chart.group;
    echarts.connect(chart.group);
  }
}

/** Draws everything again, such as in other colours. */
export function redraw() {
  for (const chart of all) {
    if (!chart.drawn) continue;
    chart.drawn.dispose();
    chart.drawn = null;
    draw(chart);
  }
}

addEventListener("resize", () => all.forEach((chart) => chart.drawn?.resize()));

/** Draws what has not come into view yet. */
export function drawAll() {
  all.forEach(draw);
  all.forEach((chart) => chart.drawn?.resize());
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

/** Takes the zoom of a group back. */
export function resetZoom(group) {
  const first = [...all].find((chart) => chart.group === group && chart.drawn);
  first?.drawn.dispatchAction({ type: "dataZoom", start: 0, end: 100 });
}

/** What a tooltip looks like: drawn as text, so that names stay text. */
export function tooltip(colours, formatter) {
  return {
    trigger: "axis",
    renderMode: "richText",
    confine: true,
    transitionDuration: 0,
    backgroundColor: colours.ground,
    borderColor: colours.line,
    textStyle: { color: colours.text, fontSize: 12 },
    axisPointer: { type: "line", lineStyle: { color: colours.muted } },
    formatter,
  };
}

/** An axis in the page's manner. */
export function axis(colours, more) {
  return {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { lineStyle: { color: colours.line } },
    axisLabel: { color: colours.muted, fontSize: 11, hideOverlap: true },
    splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
    nameTextStyle: { color: colours.muted, fontSize: 11 },
    ...more,
  };
}
