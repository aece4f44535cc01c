/* The live page: takes what the stream brings and shows it. */

import * as charts from "./charts.js";
import * as format from "./format.js";
import * as tables from "./tables.js";
import * as tiles from "./tiles.js";
import { Stream } from "./stream.js";

const sections = {};
const main = document.getElementById("content");
const link = document.getElementById("link");
const status = document.getElementById("status");

let offset = 0; // The server's clock less this one's, in milliseconds.
let lastAt = null;
let state = "connecting";

const now = () => Date.now() + offset;
const isThere = (name) => sections[name]?.state === "ok";
const whyNot = (name) => sections[name]?.why ?? "no source";

const stream = new Stream("/api/live/events", take, follow);
stream.follow();

function take(changed, { at, isWhole }) {
  offset = Date.parse(at) - Date.now();
  lastAt = at;
  if (isWhole) {
    Object.keys(sections).forEach((name) => delete sections[name]);
  }
  Object.assign(sections, changed);
  if (isWhole || "transactions" in changed) showTransactions();
  if (isWhole || "alerts" in changed) showAlerts();
  if (isWhole || "stream" in changed) showEvents();
  if (isWhole || "pipeline" in changed) showRuns();
  if (isWhole || "loads" in changed) showLoads();
  tiles.show(sections, now(), null);
  link.querySelector(".when").textContent = format.clock(at);
}

function follow(next) {
  if (next === state) return;
  const before = state;
  state = next;
  link.dataset.link = next;
  link.querySelector(".word").textContent = next;
  main.toggleAttribute("data-stale", next === "disconnected");
  const isLost = next === "disconnected";
  document.querySelectorAll(".asof").forEach((note) => {
    note.textContent = isLost && lastAt !== null ? `as of ${format.clock(lastAt)}` : "";
  });
  if (isLost && lastAt !== null) {
    tiles.show(sections, now(), lastAt);
    link.querySelector(".when").textContent = `since ${format.clock(now())}`;
    announce("Disconnected from the server. Trying to connect again.");
  } else if (next === "live" && before === "disconnected") {
    announce("Connected again.");
  }
}

function announce(words) {
  status.textContent = words;
}

function showTransactions() {
  if (!isThere("transactions")) {
    ["minutes", "volume", "hours"].forEach((name) => charts.nothing(name, `no source: ${whyNot("transactions")}`));
    tables.fill("transactions", [], `no source: ${whyNot("transactions")}`);
    return;
  }
  const values = sections.transactions.values;
  if (values.last_at === null) {
    ["minutes", "volume", "hours"].forEach((name) => charts.nothing(name, "no transactions yet"));
  } else {
    showSeries(values);
  }
  const keys = values.latest.map((one) => one.id);
  const fresh = tables.fresh("transactions", keys);
  const rows = values.latest.map((one) => ({
    isNew: fresh.has(one.id),
    cells: [
      { text: format.moment(one.at, now()), title: one.at },
      format.words(one.kind),
      format.words(one.channel),
      format.amount(one.amount, one.currency),
      tables.status(one.status),
    ],
  }));
  tables.fill("transactions", rows, "no transactions yet");
}

function showSeries(values) {
  const { minutes, hours, currency, last_at: last } = values;
  const spanAt = (series, place) => (series.start + place * series.step) * 1000;
  const counted = (series, place) =>
    `${format.plural(series.counts[place], "transaction")}, ${format.count(series.failed[place])} failed`;
  const withFailed = (series) => [
    { label: "transactions", values: series.counts, colour: "--accent" },
    { label: "failed", values: series.failed, colour: "--bad" },
  ];
  const latest = `the latest was ${format.moment(last, now())}`;
  charts.draw(
    "minutes", minutes.start, minutes.step, withFailed(minutes),
    (place) => `${format.hhmm(spanAt(minutes, place))}: ${counted(minutes, place)}`,
    summary(minutes, "in the last hour", (at) => format.hhmm(at), latest),
  );
  const volume = minutes.volume.reduce((total, value) => total + value, 0);
  charts.draw(
    "volume", minutes.start, minutes.step,
    [{ label: "volume", values: minutes.volume, colour: "--accent", isLine: true }],
    (place) => `${format.hhmm(spanAt(minutes, place))}: ${format.compact(minutes.volume[place])} ${currency}`,
    volume ? `${format.compact(volume)} ${currency} in the last hour.` : `Nothing in the last hour; ${latest}.`,
  );
  charts.draw(
    "hours", hours.start, hours.step, withFailed(hours),
    (place) => `${format.moment(spanAt(hours, place), now())}: ${counted(hours, place)}`,
    summary(hours, `in the 48 hours up to ${format.moment(last, now())}`, (at) => format.moment(at, now()), latest),
  );
}

function summary(series, when, written, latest) {
  const all = series.counts.reduce((total, value) => total + value, 0);
  if (all === 0) return `No transactions ${when}; ${latest}.`;
  const most = Math.max(...series.counts);
  const peak = written((series.start + series.counts.indexOf(most) * series.step) * 1000);
  const failed = series.failed.reduce((total, value) => total + value, 0);
  return `${format.plural(all, "transaction")} ${when}, most from ${peak} on (${format.count(most)}); ${format.count(failed)} failed (red).`;
}

function showAlerts() {
  if (!isThere("alerts")) {
    tables.fill("alerts", [], `no source: ${whyNot("alerts")}`);
    return;
  }
  const latest = sections.alerts.values.latest;
  const fresh = tables.fresh("alerts", latest.map((one) => one.id));
  const rows = latest.map((one) => ({
    isNew: fresh.has(one.id),
    cells: [
      { text: format.moment(one.raised_at, now()), title: one.raised_at },
      format.words(one.rule),
      tables.status(one.severity),
      format.count(one.score),
      format.amount(one.amount, one.currency),
      tables.status(one.status),
    ],
  }));
  tables.fill("alerts", rows, "no alerts yet");
  const news = latest.filter((one) => fresh.has(one.id));
  if (news.length === 1) {
    const [one] = news;
    announce(`New fraud alert: ${format.words(one.rule)}, severity ${format.words(one.severity)}, ${format.amount(one.amount, one.currency)}.`);
  } else if (news.length > 1) {
    announce(`${news.length} new fraud alerts, the newest: ${format.words(news[0].rule)}.`);
  }
}

function showEvents() {
  if (!isThere("stream")) {
    tables.fill("events", [], `no source: ${whyNot("stream")}`);
    return;
  }
  const latest = sections.stream.values.latest;
  const fresh = tables.fresh("events", latest.map((one) => one.id));
  const rows = latest.map((one) => ({
    isNew: fresh.has(one.id),
    cells: [
      { text: format.moment(one.received_at, now()), title: one.received_at },
      one.source,
      format.words(one.kind),
      format.words(one.channel),
      format.amount(one.amount, one.currency),
      tables.status(one.status),
    ],
  }));
  tables.fill("events", rows, "no events yet");
}

function showRuns() {
  if (!isThere("pipeline")) {
    tables.fill("runs", [], `no source: ${whyNot("pipeline")}`);
    return;
  }
  const rows = sections.pipeline.values.runs.map((run) => ({
    cells: [
      { text: run.job, title: run.id },
      tables.status(run.status),
      run.started_at ? format.moment(run.started_at, now()) : "–",
      run.started_at && run.ended_at ? format.span(Date.parse(run.started_at), Date.parse(run.ended_at)) : "–",
    ],
  }));
  tables.fill("runs", rows, "no runs yet");
}

function showLoads() {
  if (!isThere("loads")) {
    tables.fill("loads", [], `no source: ${whyNot("loads")}`);
    return;
  }
  const rows = sections.loads.values.loads.map((load) => ({
    cells: [
      load.table,
      { text: format.moment(load.loaded_at, now()), title: load.loaded_at },
      load.last_day ?? "whole",
      format.count(load.rows),
      { text: format.count(load.rejected), tone: load.rejected ? "warn" : undefined },
    ],
  }));
  tables.fill("loads", rows, "nothing was loaded yet");
}
