/* The tiles: one figure each, with what it is and how old. */

import * as format from "./format.js";

/* Each takes the values of its section and the time, and gives {value, unit, note, tone}. */
const TILES = {
  minute: ["transactions", (v, now) => ({
    value: format.count(v.last_minute.count),
    note: v.last_at === null
      ? "no transactions yet"
      : `${format.count(sum(v.minutes.counts))} in the last hour; the latest ${format.age(v.last_at, now)} ago, ${format.moment(v.last_at, now)}`,
  })],
  volume: ["transactions", (v) => ({
    value: v.currency === null ? "–" : format.compact(sum(v.minutes.volume)),
    unit: v.currency ?? "",
    note: v.last_at === null
      ? "no transactions yet"
      : `${format.compact(v.last_minute.volume)} in the last minute${leftOut(v)}`,
  })],
  failures: ["transactions", (v) => {
    const [failed, all] = [sum(v.minutes.failed), sum(v.minutes.counts)];
    return {
      value: format.count(failed),
      note: all ? `${format.share(failed, all)} of ${format.plural(all, "transaction")}` : "no transactions in the last hour",
      tone: failed > 0 && failed > 0.2 * all ? "bad" : failed > 0 ? "warn" : "good",
    };
  }],
  alerts: ["alerts", (v, now) => ({
    value: format.count(v.open),
    note: v.latest.length === 0
      ? "no alerts yet"
      : `${format.count(v.in_review)} in review, ${format.count(v.last_day)} in the last 24 h; the newest ${format.age(v.latest[0].raised_at, now)} ago`,
    tone: v.open > 0 ? "warn" : "good",
  })],
  payments: ["payments", (v, now) => ({
    value: format.count(v.in_flight),
    note: [
      v.last_at === null ? "no payments yet" : null,
      v.in_flight ? `${format.compact(v.amount)} ${v.currency}, the oldest ${format.age(v.oldest_at, now)} ago` : null,
      v.settlements_open === null ? null : `${format.plural(v.settlements_open, "settlement")} open, ${format.count(v.settlements_overdue)} overdue`,
    ].filter(Boolean).join("; "),
    tone: v.settlements_overdue ? "warn" : "good",
  })],
  pipeline: ["pipeline", (v, now) => {
    const last = v.runs[0];
    const isBad = v.running === 0 && last?.status === "FAILURE";
    const down = v.daemons_down.map(format.words);
    return {
      value: v.running ? `${format.plural(v.running, "run")}` : isBad ? "failed" : "idle",
      note: [
        v.queued ? `${format.count(v.queued)} waiting` : null,
        last === undefined ? "no runs yet" : `last: ${last.job} ${format.words(last.status)}${last.ended_at ? `, ${format.age(last.ended_at, now)} ago` : ""}`,
        down.length ? `not running: ${down.join(", ")}` : null,
      ].filter(Boolean).join("; "),
      tone: isBad ? "bad" : down.length ? "warn" : "good",
    };
  }],
  checks: ["pipeline", (v) => {
    const checks = v.checks;
    if (checks === null) return { value: "…", note: "not read yet" };
    return {
      value: checks.failed ? format.count(checks.failed) : format.count(checks.passed),
      unit: checks.failed ? "failed" : "passed",
      note: [
        checks.failed ? `${checks.failing[0]}` : null,
        `${format.plural(checks.warned, "warning")}, ${format.count(checks.unknown)} not run`,
        checks.stale.length ? `${format.plural(checks.stale.length, "table")} older than allowed` : null,
      ].filter(Boolean).join("; "),
      tone: checks.failed ? "bad" : checks.warned || checks.stale.length ? "warn" : "good",
    };
  }],
  freshness: ["loads", (v, now) => {
    const [oldest, newest] = [v.loads[0], v.loads[v.loads.length - 1]];
    if (newest === undefined) return { value: "–", note: "nothing was loaded yet" };
    return {
      value: format.age(newest.loaded_at, now),
      unit: "ago",
      note: `${newest.table}; the oldest is ${oldest.table}, ${format.age(oldest.loaded_at, now)} ago${v.quarantined === null ? "" : `; ${format.plural(v.quarantined, "row")} in quarantine`}`,
      tone: now - Date.parse(newest.loaded_at) > 36 * 3600e3 ? "warn" : "good",
    };
  }],
  lag: ["loads", (v, now) => {
    if (v.transactions === null && v.changes === null) return null;
    const [rows, changes] = [v.transactions, v.changes];
    return {
      value: rows === null ? "–" : format.count(rows.rows),
      unit: rows === null ? "" : rows.rows === 1 ? "transaction" : "transactions",
      note: [
        rows?.oldest_at ? `the oldest waits since ${format.moment(rows.oldest_at, now)}` : null,
        changes === null ? null : `${format.plural(changes.rows, "change")} of customers, accounts and the like`,
      ].filter(Boolean).join("; "),
    };
  }],
  cdc: ["captures", (v, now) => ({
    value: format.count(v.waiting),
    unit: v.waiting === 1 ? "change" : "changes",
    note: [
      v.oldest_at ? `the oldest waits for ${format.age(v.oldest_at, now)}` : null,
      v.failing ? `${format.plural(v.failing, "source")} cannot be followed` : null,
      `captured up to ${format.age(v.captured_until, now)} ago`,
      v.last_commit_at ? `the latest commit ${format.age(v.last_commit_at, now)} ago` : null,
    ].filter(Boolean).join("; "),
    tone: v.failing ? "bad" : v.oldest_at && now - Date.parse(v.oldest_at) > 3600e3 ? "warn" : "good",
  })],
  stream: ["stream", (v, now) => {
    const stored = [
      v.last_at === null ? "no events in the last day" : `${format.count(v.last_minute)} stored in the last minute, the latest ${format.age(v.last_at, now)} ago`,
      v.put_away ? `${format.plural(v.put_away, "message")} put away` : null,
    ];
    const lag = v.lag;
    if (lag === null) return { value: "not known", note: ["the stream's server does not answer", ...stored].filter(Boolean).join("; "), tone: "bad" };
    const behind = (lag.waiting ?? 0) + lag.pending;
    return {
      value: format.count(behind),
      unit: behind === 1 ? "event" : "events",
      note: [
        lag.oldest_at ? `the oldest waits for ${format.age(lag.oldest_at, now)}` : null,
        lag.consumers ? null : "no consumer",
        ...stored,
      ].filter(Boolean).join("; "),
      tone: behind >= lag.capacity ? "bad" : !lag.consumers || behind > 0.5 * lag.capacity ? "warn" : "good",
    };
  }],
  database: ["database", (v) => ({
    value: format.count(v.poll_ms),
    unit: "ms",
    note: "a look at all tables, once a second for all browsers",
    tone: "good",
  })],
};

const sum = (values) => values.reduce((total, value) => total + value, 0);
const leftOut = (v) => (v.left_out.length ? `; without ${v.left_out.join(", ")}` : "");

/* Shows all tiles. Without a connection none has a figure, and each keeps its label. */
export function show(sections, now, lostAt) {
  for (const [name, [section, figure]] of Object.entries(TILES)) {
    const tile = document.getElementById(`tile-${name}`);
    if (lostAt !== null) {
      lose(tile, lostAt);
    } else {
      put(tile, reading(section === null ? undefined : sections[section], section, figure, now));
    }
  }
}

function reading(found, section, figure, now) {
  if (section === null) return { value: "no source", note: figure, state: "none" };
  if (found === undefined) return { value: "…", note: "waiting for the first reading", state: "waiting" };
  if (found.state === "no_source") return { value: "no source", note: found.why, state: "none" };
  if (found.state === "failed") return { value: "not known", note: found.why, state: "stale" };
  const shown = figure(found.values, now);
  if (shown === null) return { value: "no source", note: "the source is not in this database", state: "none" };
  return { ...shown, state: shown.tone ?? "plain" };
}

function put(tile, { value, unit, note, state }) {
  tile.dataset.state = state;
  const element = tile.querySelector(".value");
  if (tile.dataset.shown !== `${value}|${unit ?? ""}`) {
    tile.dataset.shown = `${value}|${unit ?? ""}`;
    element.textContent = value;
    if (unit) {
      const part = document.createElement("span");
      part.className = "unit";
      part.textContent = unit;
      element.append(" ", part);
    }
  }
  if (tile.querySelector(".note").textContent !== note) tile.querySelector(".note").textContent = note;
}

function lose(tile, lostAt) {
  if (["none", "stale", "waiting"].includes(tile.dataset.state)) return;
  const was = tile.querySelector(".value").textContent;
  put(tile, { value: "not known", note: `was ${was} at ${format.clock(lostAt)}`, state: "stale" });
}
