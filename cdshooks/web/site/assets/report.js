// Each chart is drawn from its table, so that both say the same; the table stays, for those who read it.

import "/assets/vendor/d3.min.js";
import { fill, h, named } from "/assets/dom.js";
import { startTheme } from "/assets/theme.js";

const { d3 } = globalThis;
const SERIES = ["accepted", "overridden", "ignored"];
const HEIGHT = 220;
const BAR = 18;
const LINE = 15;
const CHARACTER = 6.3; // pixels, on average
const BOLD = 7.1;
const NARROW = 560;
const LEAST = 160;
const MANY_ROWS = 8;

/** Return what a table says: of each row its label and its numbers by series, null where they are kept back. */
function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const column = (series) => heads.findIndex((head) => head.dataset.series === series);
  const value = (cell) => (cell && "value" in cell.dataset ? Number(cell.dataset.value) : null);
  return [...table.tBodies[0].rows].map((row) => ({
    label: row.cells[0].dataset.label ?? row.cells[0].textContent.trim(),
    low: row.classList.contains("stands-out"),
    total: value(row.cells[1]),
    values: SERIES.map((series) => value(row.cells[column(series)])),
    bar: value(row.cells[heads.findIndex((head) => "bar" in head.dataset)]),
  }));
}

function canvas(width, height, label) {
  const svg = d3.create("svg").attr("viewBox", [0, 0, width, height]).attr("role", "img").attr("aria-label", label);
  return svg;
}

let patterns = 0;

/** Add the hatching of overridden cards; return how it is referred to. */
function hatching(svg) {
  const id = `hatch-${(patterns += 1)}`;
  const pattern = svg.append("defs").append("pattern").attr("id", id).attr("width", 5).attr("height", 5);
  pattern.attr("patternUnits", "userSpaceOnUse").attr("patternTransform", "rotate(45)");
  pattern.append("rect").attr("width", 5).attr("height", 5).attr("class", "overridden-ground");
  pattern.append("line").attr("y2", 5).attr("class", "overridden-lines").attr("stroke-width", 4);
  return `url(#${id})`;
}

const paint = (selection, series, hatch) => {
  selection.attr("class", `part ${series}`);
  if (series === "overridden") selection.attr("fill", hatch);
};

function legend() {
  const items = SERIES.map((series) => {
    const svg = canvas(14, 14, "").attr("role", null).attr("aria-label", null).attr("aria-hidden", "true");
    paint(svg.append("rect").attr("x", 1).attr("y", 1).attr("width", 12).attr("height", 12), series, hatching(svg));
    return h("span", {}, svg.node(), series[0].toUpperCase() + series.slice(1));
  });
  return h("div", { class: "legend" }, items);
}

const day = d3.utcFormat("%-d %b");

/** Draw stacked columns over time. */
function columns(rows, width, name) {
  const left = 40;
  const svg = canvas(width, HEIGHT, `${name}: stacked columns of accepted, overridden and ignored cards. The numbers are in the table.`);
  const hatch = hatching(svg);
  const x = d3.scaleBand(d3.range(rows.length), [left, width]).paddingInner(rows.length > 30 ? 0.15 : 0.25);
  const most = d3.max(rows, (row) => (row.values.includes(null) ? (row.total ?? 0) : d3.sum(row.values))) || 1;
  const y = d3.scaleLinear([0, most], [HEIGHT - 24, 10]).nice(5);
  const grid = svg.append("g").attr("transform", `translate(${left},0)`).call(d3.axisLeft(y).ticks(5).tickSize(-(width - left)).tickPadding(6));
  grid.select(".domain").remove();
  const every = Math.ceil(rows.length / Math.max(2, Math.floor((width - left) / 70)));
  rows.forEach((row, place) => {
    let base = 0;
    if (!row.values.includes(null)) {
      row.values.forEach((value, series) => {
        const bar = svg.append("rect").attr("x", x(place)).attr("width", x.bandwidth());
        paint(bar.attr("y", y(base + value)).attr("height", y(base) - y(base + value)), SERIES[series], hatch);
        base += value;
      });
    } else if (row.total) {
      svg.append("rect").attr("x", x(place)).attr("width", x.bandwidth()).attr("y", y(row.total)).attr("height", y(0) - y(row.total)).attr("class", "part ignored").attr("stroke-dasharray", "3 3");
    } else {
      svg.append("text").attr("class", "absent").attr("x", x(place) + x.bandwidth() / 2).attr("y", y(0) - 4).text("–");
    }
    if ((rows.length - 1 - place) % every === 0) {
      svg.append("text").attr("class", "soft").attr("text-anchor", place === rows.length - 1 && rows.length > 6 ? "end" : "middle").attr("x", place === rows.length - 1 && rows.length > 6 ? width : x(place) + x.bandwidth() / 2).attr("y", HEIGHT - 6).text(day(new Date(row.label)));
    }
  });
  return [legend(), svg.node()];
}

/** Return a text as lines that fit. */
function wrapped(text, width, bold) {
  const most = Math.max(12, Math.floor(width / (bold ? BOLD : CHARACTER)));
  return text.split(/\s+/).reduce((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);
}

/** Return where each row of a chart goes, with its label in lines: beside its bar, or above it where it is narrow. */
function layout(rows, width, top) {
  const narrow = width < NARROW;
  const left = narrow ? 0 : Math.min(440, width * 0.42);
  let y = top;
  const places = rows.map((row) => {
    const lines = wrapped(row.label, narrow ? width - 60 : left - 10, row.low);
    const text = lines.length * LINE;
    const bar = narrow ? y + text + 3 : y + Math.max(0, (text - BAR) / 2);
    const first = narrow ? y + 12 : bar + BAR / 2 + 4 - ((lines.length - 1) * LINE) / 2;
    y = narrow ? bar + BAR + 9 : y + Math.max(text, BAR) + 7;
    return { row, lines, bar, first };
  });
  return { narrow, left, places, end: y };
}

function label(svg, { row, lines, first }, { narrow, left }) {
  lines.forEach((line, place) => {
    const text = svg.append("text").attr("class", row.low ? "is-low" : null).attr("text-anchor", narrow ? "start" : "end");
    text.attr("x", narrow ? 0 : left - 8).attr("y", first + place * LINE).text(line);
  });
}

/** Draw shares of accepted, overridden and ignored cards, a row for each rule or client. */
function shares(rows, width, name, threshold) {
  const top = threshold === null ? 4 : 24;
  const plan = layout(rows, width, top);
  const height = plan.end + 22;
  const svg = canvas(width, height, `${name}: shares of accepted, overridden and ignored cards. The numbers are in the table.`);
  const hatch = hatching(svg);
  const x = d3.scaleLinear([0, 100], [plan.left, width - (plan.narrow ? 4 : 64)]);
  const axis = d3.axisBottom(x).ticks(5).tickFormat((value) => `${value} %`).tickSize(plan.narrow ? 0 : top - plan.end).tickPadding(6);
  const grid = svg.append("g").attr("transform", `translate(0,${plan.end})`).call(axis);
  grid.select(".domain").remove();
  grid.selectAll("text").attr("text-anchor", (value) => (plan.narrow && value === 0 ? "start" : value === 100 ? "end" : "middle"));
  plan.places.forEach((place) => {
    const { row, bar, first } = place;
    label(svg, place, plan);
    let base = 0;
    if (!row.values.includes(null) && row.total) {
      row.values.forEach((value, series) => {
        const share = (100 * value) / row.total;
        paint(svg.append("rect").attr("x", x(base)).attr("width", x(base + share) - x(base)).attr("y", bar).attr("height", BAR), SERIES[series], hatch);
        base += share;
      });
    }
    const total = svg.append("text").attr("class", "soft").attr("text-anchor", "end").attr("x", width).attr("y", plan.narrow ? first : bar + 13);
    total.text(row.total === null ? "–" : d3.format(",")(row.total));
  });
  if (threshold !== null) {
    const spans = plan.narrow ? plan.places.map(({ bar }) => [bar - 2, bar + BAR + 3]) : [[top - 6, plan.end]];
    for (const part of ["halo", "threshold"]) {
      spans.forEach(([y1, y2]) => svg.append("line").attr("class", part).attr("x1", x(threshold)).attr("x2", x(threshold)).attr("y1", y1).attr("y2", y2));
    }
    svg.append("text").attr("class", "threshold-label").attr("x", x(threshold)).attr("y", 12).attr("text-anchor", "middle").text(`${threshold} % accepted`);
  }
  plan.places.filter(({ row }) => row.values.includes(null) || !row.total).forEach(({ row, bar }) => {
    svg.append("text").attr("class", "soft note").attr("x", x(0) + 8).attr("y", bar + 13).text(row.total === 0 ? "no cards" : "outcomes are kept back");
  });
  return [legend(), svg.node()];
}

/** Draw a bar for each reason. */
function bars(rows, width, name) {
  const plan = layout(rows, width, 0);
  const svg = canvas(width, plan.end, `${name}: bars. The numbers are in the table.`);
  const hatch = hatching(svg);
  const x = d3.scaleLinear([0, d3.max(rows, (row) => row.bar) || 1], [plan.left, width - 50]);
  plan.places.forEach((place) => {
    const { row, bar } = place;
    label(svg, place, plan);
    paint(svg.append("rect").attr("x", plan.left).attr("width", x(row.bar) - plan.left).attr("y", bar).attr("height", BAR), "overridden", hatch);
    svg.append("text").attr("x", x(row.bar) + 6).attr("y", bar + 13).text(d3.format(",")(row.bar));
  });
  return [svg.node()];
}

const KINDS = { columns, rows: shares, bars };

/** Put a chart before its table; a long table is folded away beneath it. */
function chart(table) {
  const rows = read(table);
  const { chart: kind, name, threshold } = table.dataset;
  const figure = h("figure", { class: "chart" });
  const region = table.parentElement;
  region.before(figure);
  if (kind === "columns" && rows.length > MANY_ROWS) {
    const numbers = h("details", { class: "numbers" }, h("summary", {}, "The numbers of this chart"));
    region.before(numbers);
    numbers.append(region);
  }
  let drawn = 0;
  const draw = (width) => {
    if (width < LEAST || Math.abs(width - drawn) < 8) return; // folded away, or as before
    drawn = width;
    fill(figure, ...KINDS[kind](rows, width, name, threshold === undefined ? null : Number(threshold)));
  };
  new ResizeObserver(([entry]) => draw(Math.round(entry.contentRect.width))).observe(figure);
}

/** Let what scrolls be reached by keyboard, and only that. */
function reachable(region) {
  new ResizeObserver(() => {
    region.tabIndex = region.scrollWidth > region.clientWidth ? 0 : -1;
  }).observe(region);
}

/** Open the rule that the address names. */
function openNamed() {
  const target = document.getElementById(named());
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  }
}

startTheme();
document.querySelectorAll("table[data-chart]").forEach(chart);
document.querySelectorAll(".scroll").forEach(reachable);
addEventListener("hashchange", openNamed);
openNamed();
