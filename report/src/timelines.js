/** Time lines of services and capacity, with one zoom and one cursor for all of them. */
import { axis, figure, resetZoom, tooltip } from "./charts.js";
import { h } from "./dom.js";
import { clock, quantity } from "./format.js";

const GROUP = "time";

export function timelines(data) {
  const all = data.timelines ?? [];
  if (!all.length) return null;
  const sections = new Map();
  for (const line of all) {
    if (!sections.has(line.section)) sections.set(line.section, []);
    sections.get(line.section).push(line);
  }
  const groups = [...sections].map(([section, lines]) =>
    h("div", { class: "lines" }, h("h3", {}, section), lines.map((line) => figure(data, line, 190, (colours, colour) => option(data, line, colours, colour), GROUP))),
  );
  return h(
    "section",
    { id: "timelines" },
    h("div", { class: "line" }, h("h2", {}, "Through the run"), h("button", { type: "button", onclick: () => resetZoom(GROUP) }, "whole run")),
    h("p", { class: "hint" }, "Scroll with Ctrl or pinch to zoom, drag to move: all charts follow. Thin vertical lines are requests, deployments that failed, and outages."),
    groups,
  );
}

function option(data, line, colours, colour) {
  const end = data.end_s ?? line.x.at(-1);
  let next = 0;
  const series = line.series.map((one) => {
    const limit = one.style === "limit";
    const shade = limit ? colours.text : one.style === "muted" ? colours.muted : colour(next++);
    return {
      name: one.name,
      type: "line",
      data: line.x.map((x, at) => [x, one.values[at]]),
      step: line.step ? "end" : false,
      showSymbol: false,
      connectNulls: false,
      color: shade,
      lineStyle: { width: limit ? 1 : 1.8, type: limit ? "dashed" : "solid" },
      areaStyle: one.style === "area" ? { opacity: 0.2 } : undefined,
      emphasis: { disabled: true },
    };
  });
  if (series.length) {
    series[0].markLine = marks(data, colours);
    if (data.warm_up_s > 0) {
      series[0].markArea = { silent: true, itemStyle: { color: colours.muted, opacity: 0.12 }, data: [[{ xAxis: 0 }, { xAxis: data.warm_up_s }]] };
    }
  }
  const share = line.unit === "share";
  return {
    grid: { left: 52, right: 16, top: 28, bottom: 26 },
    legend: { top: 0, right: 8, icon: "rect", itemWidth: 14, itemHeight: 3, textStyle: { color: colours.text, fontSize: 11 }, data: series.map((one) => one.name) },
    tooltip: tooltip(colours, (points) => tip(line, points)),
    xAxis: axis(colours, { type: "value", min: 0, max: end, splitLine: { show: false }, interval: ticks(end), axisLabel: { color: colours.muted, fontSize: 11, hideOverlap: true, formatter: (value) => clock(value) } }),
    yAxis: axis(colours, { type: "value", min: 0, minInterval: line.step && !share ? 1 : 0, splitNumber: 3, axisLabel: { color: colours.muted, fontSize: 11, formatter: (value) => (share ? `${Math.round(value * 100)} %` : quantity(value)) } }),
    dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, moveOnMouseMove: true }],
    series,
  };
}

/** Hours that a reader counts in. */
function ticks(end) {
  const steps = [60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
  return steps.find((step) => end / step <= 9) ?? end / 8;
}

function marks(data, colours) {
  const all = (data.marks ?? []).slice(0, 120);
  const shade = { fault: colours.bad, deployment: colours.bad };
  return {
    symbol: "none",
    silent: false,
    precision: 12,
    animation: false,
    label: { show: false },
    emphasis: { label: { show: true, formatter: ({ name }) => name, color: colours.text, fontSize: 11, position: "insideEndTop" } },
    lineStyle: { width: 1, type: "solid", opacity: 0.7 },
    data: all.map((mark) => ({ xAxis: mark.t, name: mark.text.slice(0, 80), lineStyle: { color: shade[mark.kind] ?? colours.accent } })),
  };
}

function tip(line, points) {
  if (!points.length) return "";
  const rows = points.map(({ seriesName, value }) => `${seriesName}: ${quantity(value[1], line.unit === "tasks" || line.unit === "instances" ? "" : line.unit)}`);
  return [clock(points[0].value[0], true), ...rows].join("\n");
}
