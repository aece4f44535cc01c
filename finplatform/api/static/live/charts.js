/* The charts, drawn by uPlot in the colours of the page. */

import * as format from "./format.js";

const charts = new Map();
const dark = window.matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => charts.forEach(({ plot }) => plot.redraw(false, true)));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const at = (name) => () => colour(name);
const font = "12px system-ui, sans-serif";

function bars(label, name) {
  return {
    label,
    stroke: at(name),
    fill: at(name),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ size: [0.75, 24], align: 1 }),
  };
}

function line(label, name) {
  return { label, stroke: at(name), width: 2, points: { show: false } };
}

/* Draws columns of values over time; `write(place)` describes the point under the pointer. */
export function draw(name, start, step, columns, write, rest) {
  const figure = document.getElementById(`chart-${name}`);
  const canvas = figure.querySelector(".canvas");
  const readout = figure.querySelector(".readout");
  const times = columns[0].values.map((_, place) => start + place * step);
  const data = [times, ...columns.map((column) => column.values)];
  canvas.hidden = false;
  canvas.setAttribute("aria-label", rest);
  let chart = charts.get(name);
  if (chart === undefined) {
    chart = { plot: null, write, rest };
    chart.plot = new uPlot(options(canvas, columns, step, chart, readout), data, canvas);
    charts.set(name, chart);
    new ResizeObserver(() => chart.plot.setSize(size(canvas))).observe(canvas);
  } else {
    chart.write = write;
    chart.rest = rest;
    chart.plot.setData(data);
  }
  if (chart.plot.cursor.idx === null || chart.plot.cursor.idx === undefined) {
    readout.textContent = rest;
  }
}

/* Shows the reason for an empty chart. */
export function nothing(name, why) {
  const figure = document.getElementById(`chart-${name}`);
  charts.get(name)?.plot.destroy();
  charts.delete(name);
  figure.querySelector(".canvas").hidden = true;
  figure.querySelector(".readout").textContent = why;
}

const size = (canvas) => ({ width: Math.max(canvas.clientWidth, 100), height: 180 });

function options(canvas, columns, step, chart, readout) {
  const axis = { stroke: at("--soft"), font, grid: { stroke: at("--line"), width: 1 }, ticks: { show: false } };
  return {
    ...size(canvas),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, first, last) => [first, last + step] },
      y: { range: (_, low, high) => [0, Math.max(high * 1.08, 1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 56, size: 28, values: (_, splits) => splits.map((s) => written(s, step)) },
      { ...axis, size: 52, values: (_, splits) => splits.map((s) => (step === 0 ? "" : tick(s))) },
    ],
    series: [
      {},
      ...columns.map((column) => (column.isLine ? line : bars)(column.label, column.colour)),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const place = plot.cursor.idx;
          const isOver = place !== null && place !== undefined && plot.cursor.left >= 0;
          readout.textContent = isOver ? chart.write(place) : chart.rest;
        },
      ],
    },
  };
}

const tick = (value) => (Number.isInteger(value) || value >= 1000 ? format.compact(value) : "");

function written(seconds, step) {
  const then = new Date(seconds * 1000);
  const isMidnight = then.getHours() === 0 && then.getMinutes() === 0;
  return step >= 3600 && isMidnight ? format.date(then) : format.hhmm(then);
}
