// Colours of both themes, and a figure of the page in one of them.
const THEMES = {
  light: {
    ink: "#1c2733", soft: "#4d5b69", line: "#d5dde5", panel: "#ffffff", good: "#256b2a", bad: "#a8231b",
    colours: ["#0b6e99", "#c2410c", "#3f7d20", "#7a4fb5", "#a8326e", "#8a6d00", "#33576b", "#b3261e"],
    rising: [[0, "#eaf2f7"], [0.5, "#5fa3c4"], [1, "#07405c"]],
    signed: [[0, "#a8421a"], [0.5, "#f5f5f5"], [1, "#0b5f86"]],
  },
  dark: {
    ink: "#e8eef4", soft: "#a9b7c4", line: "#33424f", panel: "#18222c", good: "#86d08b", bad: "#ff9a90",
    colours: ["#5bb8e6", "#f59e6b", "#8fcf6a", "#b99cf0", "#ee86b7", "#d9b93c", "#9fbfd1", "#f28b82"],
    rising: [[0, "#1f2d39"], [0.5, "#3f86ab"], [1, "#c7e9fa"]],
    signed: [[0, "#f59e6b"], [0.5, "#22303c"], [1, "#5bb8e6"]],
  },
};

// Prefixes as money has them: B for billions, and none below 1, where SI has G and m.
function asMoney(scale) {
  if (scale && scale.tickformat === ",.4~s") {
    delete scale.tickformat;
    Object.assign(scale, { exponentformat: "B", separatethousands: true });
  }
}

function themed(figure, theme) {
  for (const trace of figure.data) {
    if (trace.type === "heatmap") {
      trace.colorscale = "zmid" in trace ? theme.signed : theme.rising;
      asMoney(trace.colorbar);
    } else if (trace.type === "waterfall") {
      trace.increasing = { marker: { color: theme.good } };
      trace.decreasing = { marker: { color: theme.bad } };
      trace.totals = { marker: { color: theme.colours[0] } };
      trace.connector = { line: { color: theme.soft, width: 1 } };
    } else if (trace.type === "indicator" && trace.gauge) {
      Object.assign(trace.gauge, { bgcolor: theme.line, borderwidth: 0 });
      trace.gauge.bar = { ...trace.gauge.bar, color: theme.colours[0] };
      trace.gauge.threshold = { ...trace.gauge.threshold, line: { color: theme.bad, width: 4 } };
    } else if (trace.type === "indicator" && trace.delta) {
      trace.delta.increasing = { color: theme.soft };
      trace.delta.decreasing = { color: theme.soft };
    } else if (trace.type === "treemap" || trace.type === "pie") {
      trace.marker = { ...trace.marker, line: { color: theme.panel, width: 1 } };
    }
  }
  const layout = {
    ...figure.layout,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12.5, color: theme.ink },
    colorway: theme.colours, piecolorway: theme.colours, treemapcolorway: theme.colours,
    hoverlabel: { font: { family: "system-ui, sans-serif" } },
  };
  for (const axis of ["xaxis", "yaxis"]) {
    layout[axis] = { gridcolor: theme.line, zerolinecolor: theme.line, linecolor: theme.line, ...layout[axis] };
    asMoney(layout[axis]);
  }
  layout.shapes = (layout.shapes || []).map((shape) => ({ ...shape, line: { ...shape.line, color: theme.soft } }));
  return { data: figure.data, layout };
}
