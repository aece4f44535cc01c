/* The tables, and which of their rows are new. */

import * as format from "./format.js";

const known = new Map();
const shown = new Map();

/* Fills a table, unless it shows the same already.
   rows: cells as texts, or {text, className, title}; `key` names a row; `isNew` marks it. */
export function fill(name, rows, empty) {
  const content = JSON.stringify([rows.map((row) => row.cells), empty]);
  if (shown.get(name) === content) return;
  shown.set(name, content);
  const section = document.getElementById(`table-${name}`);
  section.querySelector(".scroll").hidden = rows.length === 0;
  const note = section.querySelector(".empty");
  note.hidden = rows.length > 0;
  note.textContent = empty;
  const numbers = [...section.querySelectorAll("thead th")].map((th) => th.className);
  section.querySelector("tbody").replaceChildren(...rows.map((row) => tableRow(row, numbers)));
}

/* Keys of rows that are new since the last call; none the first time. */
export function fresh(name, keys) {
  const before = known.get(name);
  known.set(name, new Set(keys));
  return before === undefined ? new Set() : new Set(keys.filter((key) => !before.has(key)));
}

function tableRow({ cells, isNew }, numbers) {
  const row = document.createElement("tr");
  row.classList.toggle("new", Boolean(isNew));
  row.replaceChildren(...cells.map((cell, place) => tableCell(cell, numbers[place])));
  return row;
}

function tableCell(cell, className) {
  const { text, tone, title } = typeof cell === "string" ? { text: cell } : cell;
  const element = document.createElement("td");
  element.className = [className, tone].filter(Boolean).join(" ");
  element.textContent = text;
  if (title) element.title = title;
  return element;
}

const TONES = {
  FAILED: "bad", FAILURE: "bad", REVERSED: "warn", PENDING: "warn", HIGH: "bad", MEDIUM: "warn",
  OPEN: "warn", SUCCESS: "good", COMPLETED: "good", CANCELED: "warn",
};

export const status = (code) => ({ text: format.words(code), tone: TONES[code] });
