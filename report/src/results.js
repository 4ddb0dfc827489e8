/** What sweeps, searches and comparisons show: curves with bands, maps, cost against others, forests. */
import { axis, figure, tooltip } from "./charts.js";
import { h } from "./dom.js";
import { number, quantity } from "./format.js";

export function results(data) {
  const parts = [
    ...(data.curves ?? []).map((one) => figure(data, one, 260, (colours, colour) => curve(one, colours, colour))),
    ...(data.frontiers ?? []).map((one) => figure(data, one, 320, (colours, colour) => frontier(one, colours, colour))),
    ...(data.heat_maps ?? []).map((one) => figure(data, one, 120 + 34 * one.y.length, (colours) => map(one, colours))),
    ...(data.forests ?? []).map((one) => figure(data, one, 60 + 22 * one.rows.length, (colours, colour) => forest(one, colours, colour))),
  ];
  if (!parts.length) return null;
  return h("section", { id: "results" }, h("h2", {}, "What came out"), h("div", { class: "grid" }, parts));
}

/** Three digits, without the unit, for a cell. */
const short = (value, unit) => (value === null ? "" : String(Number((unit === "share" ? value * 100 : value).toPrecision(4))));

const label = (unit) => (value) => (unit === "share" ? `${number(value * 100)} %` : number(value));

function curve(one, colours, colour) {
  const series = one.series.flatMap((line, at) => {
    const shade = colour(at);
    const band = line.low
      ? [
          { name: line.name, type: "line", stack: `band${at}`, data: line.low, lineStyle: { opacity: 0 }, showSymbol: false, silent: true, tooltip: { show: false }, color: shade },
          { name: line.name, type: "line", stack: `band${at}`, data: line.low.map((low, i) => (low === null || line.high[i] === null ? null : line.high[i] - low)), lineStyle: { opacity: 0 }, areaStyle: { color: shade, opacity: 0.18 }, showSymbol: false, silent: true, color: shade },
        ]
      : [];
    return [...band, { id: `mean${at}`, name: line.name, type: "line", data: line.mean, color: shade, symbolSize: 6, lineStyle: { width: 2 } }];
  });
  if (one.limit && series.length) series.at(-1).markLine = limit("yAxis", one.limit, colours);
  const bounds = one.series.flatMap((line) => [...line.mean, ...(line.low ?? []), ...(line.high ?? [])]).filter((value) => value !== null);
  if (one.limit) bounds.push(one.limit.value);
  const [low, high] = [Math.min(...bounds), Math.max(...bounds)];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  return {
    grid: { left: 64, right: 20, top: one.series.length > 1 ? 34 : 16, bottom: 40 },
    legend: one.series.length > 1 ? { type: "scroll", top: 0, left: 40, right: 10, icon: "roundRect", itemWidth: 14, itemHeight: 10, textStyle: { color: colours.text, fontSize: 11 }, data: one.series.map((line) => line.name) } : undefined,
    tooltip: tooltip(colours, (points) => {
      const at = points[0]?.dataIndex ?? 0;
      const rows = one.series.map((line) => {
        const range = line.low ? ` (${quantity(line.low[at], one.unit)} to ${quantity(line.high[at], one.unit)})` : "";
        return `${line.name}: ${quantity(line.mean[at], one.unit)}${range}`;
      });
      return [`${one.x_title} ${one.x[at]}`, ...rows].join("\n");
    }),
    xAxis: axis(colours, { type: "category", data: one.x.map(String), name: one.x_title, nameLocation: "middle", nameGap: 26, boundaryGap: false }),
    yAxis: axis(colours, { type: "value", min: nice(low - room, one.unit, low), max: high + room, axisLabel: { color: colours.muted, fontSize: 11, formatter: label(one.unit), showMaxLabel: false, showMinLabel: false } }),
    series,
  };
}

/** Amounts and shares do not go below nothing. */
const nice = (value, _unit, low) => (low >= 0 ? Math.max(0, value) : value);

function limit(side, { value, text }, colours) {
  return {
    symbol: "none",
    silent: true,
    precision: 12, // by default the line would move to two decimals
    lineStyle: { color: colours.bad, type: "dashed", width: 1.2 },
    label: { formatter: text ?? "", position: "insideStartTop", color: colours.text, fontSize: 11 },
    data: [{ [side]: value }],
  };
}

function frontier(one, colours, colour) {
  const kind = (point) => (point.chosen ? "chosen" : point.fails ? "fails an objective" : point.on_frontier ? "nothing is cheaper and better" : "beaten by another");
  const kinds = [
    ["beaten by another", colours.muted, "circle", 8],
    ["fails an objective", colours.bad, "diamond", 10],
    ["nothing is cheaper and better", colour(0), "circle", 11],
    ["chosen", colour(1), "triangle", 17],
  ];
  const series = kinds
    .map(([name, shade, symbol, size]) => ({
      name,
      type: "scatter",
      symbol,
      symbolSize: size,
      color: shade,
      data: one.points.filter((point) => kind(point) === name).map((point) => ({ value: [point.x, point.y], name: point.label })),
    }))
    .filter((each) => each.data.length);
  const edge = one.points.filter((point) => point.on_frontier && !point.fails).map((point) => [point.x, point.y]).sort((a, b) => a[0] - b[0]);
  series.unshift({ type: "line", data: edge, step: "end", showSymbol: false, silent: true, lineStyle: { color: colour(0), width: 1, type: "dotted" }, tooltip: { show: false } });
  return {
    grid: { left: 70, right: 24, top: 34, bottom: 44 },
    legend: { type: "scroll", top: 0, itemHeight: 10, textStyle: { color: colours.text, fontSize: 11 }, data: series.map((each) => each.name).filter(Boolean) },
    tooltip: { ...tooltip(colours, (point) => [point.name, `${one.x_title}: ${number(point.value[0])}`, `${one.y_title}: ${quantity(point.value[1], one.unit)}`].join("\n")), trigger: "item" },
    xAxis: axis(colours, { type: "value", scale: true, name: one.x_title, nameLocation: "middle", nameGap: 28 }),
    yAxis: axis(colours, { type: "value", scale: true, axisLabel: { color: colours.muted, fontSize: 11, formatter: label(one.unit) } }),
    series,
  };
}

function map(one, colours) {
  const cells = one.values.flatMap((row, y) => row.map((value, x) => [x, y, value]));
  const known = cells.map((cell) => cell[2]).filter((value) => value !== null);
  return {
    grid: { left: 110, right: 20, top: 6, bottom: 90 },
    tooltip: { ...tooltip(colours, ({ value }) => `${one.x_title} ${one.x[value[0]]}\n${one.y_title} ${one.y[value[1]]}\n${quantity(value[2], one.unit)}`), trigger: "item" },
    xAxis: axis(colours, { type: "category", data: one.x.map(String), name: one.x_title, nameLocation: "middle", nameGap: 26, splitLine: { show: false } }),
    yAxis: axis(colours, { type: "category", data: one.y.map(String), splitLine: { show: false } }),
    visualMap: { min: Math.min(...known), max: Math.max(...known), orient: "horizontal", left: "center", bottom: 0, itemHeight: 120, itemWidth: 12, text: [quantity(Math.max(...known), one.unit), quantity(Math.min(...known), one.unit)], textStyle: { color: colours.text, fontSize: 11 }, inRange: { color: ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"] } },
    series: [{ type: "heatmap", data: cells, label: { show: one.x.length <= 12, formatter: ({ value }) => short(value[2], one.unit), fontSize: 10 } }],
  };
}

function forest(one, colours, colour) {
  const rows = [...one.rows].reverse();
  const shade = (row) => ({ worse: colours.bad, better: colour(2), inconclusive: colours.muted, same: colours.muted })[row.verdict] ?? colour(0);
  const whisker = (params, api) => {
    const [low, high, at] = [api.value(0), api.value(1), api.value(2)];
    const [from, to] = [api.coord([low, at]), api.coord([high, at])];
    return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: shade(rows[at]), lineWidth: 2 } };
  };
  return {
    grid: { left: 10, right: 24, top: 8, bottom: 30, containLabel: true },
    tooltip: { ...tooltip(colours, ({ dataIndex }) => tipOf(rows[dataIndex], one.unit)), trigger: "item" },
    xAxis: axis(colours, { type: "value", axisLabel: { color: colours.muted, fontSize: 11, formatter: label(one.unit) } }),
    yAxis: axis(colours, { type: "category", data: rows.map((row) => row.label), splitLine: { show: false }, axisLabel: { color: colours.text, fontSize: 11, width: 220, overflow: "truncate" } }),
    series: [
      { type: "custom", renderItem: whisker, data: rows.map((row, at) => [row.low ?? row.estimate, row.high ?? row.estimate, at]), silent: true, encode: { x: [0, 1], y: 2 } },
      { type: "scatter", symbolSize: 9, data: rows.map((row, at) => ({ value: [row.estimate, at], itemStyle: { color: shade(row) } })), markLine: { symbol: "none", silent: true, label: { show: false }, lineStyle: { color: colours.text, width: 1, type: "solid" }, data: [{ xAxis: 0 }] } },
    ],
  };
}

function tipOf(row, unit) {
  const range = row.low === null || row.low === undefined ? "" : ` (${quantity(row.low, unit)} to ${quantity(row.high, unit)})`;
  return [row.label, `${quantity(row.estimate, unit)}${range}`, row.verdict ?? ""].filter(Boolean).join("\n");
}
