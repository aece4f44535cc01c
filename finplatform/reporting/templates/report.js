// Draws the figures of a report page from the data that the page holds, in the theme in force, and
// gives their data and pictures away as files.
(() => {
  "use strict";
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : preferred.matches;
  const nodes = () => [...document.querySelectorAll(".figure[data-chart]")];
  const dataOf = (node) => JSON.parse(document.getElementById(`data-${node.dataset.chart}`).textContent);

  function draw() {
    const theme = THEMES[isDark() ? "dark" : "light"];
    for (const node of nodes()) {
      const { data, layout } = themed(dataOf(node).figure, theme);
      Plotly.react(node, data, layout, { displaylogo: false, responsive: true, displayModeBar: false });
    }
    root.dataset.drawn = isDark() ? "dark" : "light";
  }

  function save(name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // Text that a spreadsheet would take for a formula is quoted; numbers stay numbers.
  function cell(value) {
    if (value === null) return "";
    let text = String(value);
    if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function fill(box, rows) {
    const table = document.createElement("table");
    const add = (into, tag, values) => {
      const row = into.insertRow();
      for (const value of values) {
        const made = document.createElement(tag);
        made.textContent = value === null ? "\u2013" : value;
        if (value !== null && value !== "" && !Number.isNaN(Number(value))) made.className = "number";
        row.append(made);
      }
    };
    add(table.createTHead(), "th", rows.columns);
    const body = table.createTBody();
    for (const values of rows.data) add(body, "td", values);
    box.replaceChildren(table);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    if (button.dataset.do === "theme") {
      root.dataset.theme = isDark() ? "light" : "dark";
      draw();
      return;
    }
    const node = button.closest(".chart").querySelector(".figure");
    const name = `${root.dataset.page}-${node.dataset.chart}`;
    if (button.dataset.do === "csv") {
      const { columns, data } = dataOf(node).rows;
      save(`${name}.csv`, [columns, ...data].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n", "text/csv");
    } else {
      Plotly.downloadImage(node, { format: button.dataset.do, filename: name, width: 1200, height: 675 });
    }
  });
  document.addEventListener("toggle", (event) => {
    const box = event.target.matches("details[open]") && event.target.querySelector("div[data-rows]");
    if (box && !box.childElementCount) fill(box, dataOf(event.target.closest(".chart").querySelector(".figure")).rows);
  }, true);
  preferred.addEventListener("change", draw);
  draw();
})();
