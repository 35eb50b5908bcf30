
"use strict";

// One network of a page. It is whole without this script. With it tables sort, fold and filter, a layer's name shows where its numbers come
// from, and rows, source lines and marks in pictures point at each other. Texts are set as text, never as HTML.

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

// ---------------------------------------------------------------------------------------------- values of cells

const bare = (text) => text.replace(/^~/, "").replaceAll(",", "").replace(/ \(.*\)$/, "");

const POWERS = { B: 0, KiB: 1, MiB: 2, GiB: 3, TiB: 4 };

/** A cell as a number: sizes by their product, bytes in their unit, unknown below everything, "all" above; null for words. */
function numeric(text) {
  const [plain, unit] = bare(text).split(" ");
  if (unit in POWERS) return Number(plain) * 1024 ** POWERS[unit];
  if (plain === "" || plain === "?") return -1;
  if (plain === "all") return Infinity;
  const parts = plain.split("x").map(Number);
  return parts.some(Number.isNaN) ? null : parts.reduce((product, part) => product * part, 1);
}

function comparing(column) {
  return (a, b) => {
    const [left, right] = [a.values[column], b.values[column]];
    const [x, y] = [numeric(left), numeric(right)];
    if (x === null || y === null) return left.localeCompare(right, "en", { numeric: true }) || a.place - b.place;
    return x - y || a.place - b.place;
  };
}

// ---------------------------------------------------------------------------------------------- the rows of a table

/** Rows with what belongs to them: the problem below a broken layer, the modules around it. */
function rowsOf(body) {
  const rows = [];
  const open = [];
  for (const element of body.rows) {
    if (element.classList.contains("problem")) {
      rows.at(-1).below.push(element);
      continue;
    }
    while (open.length && open.at(-1).end <= rows.length) open.pop();
    const inside = Number(element.dataset.inside || 0);
    const values = [...element.cells].map((cell) => cell.textContent);
    const row = { element, values, inside, place: rows.length, around: [...open], below: [], folded: false, words: values.join(" ").toLowerCase() };
    row.button = element.querySelector("button");
    row.end = row.place + inside + 1;
    rows.push(row);
    if (inside) open.push(row);
  }
  let index = 0;
  for (const row of rows) row.index = row.inside ? null : index++;
  return rows;
}

class LayerTable {
  constructor(article, explanations) {
    this.table = article.querySelector("table.layers");
    this.body = this.table.tBodies[0];
    this.heads = [...this.table.tHead.rows[0].cells];
    this.rows = rowsOf(this.body);
    this.layers = this.rows.filter((row) => !row.inside);
    this.explanations = explanations;
    this.column = -1;
    this.direction = 0;
    this.controls(article);
    this.listen();
    if (this.layers.length > 60) this.fold(true);
    this.show();
  }

  /** What its user chose, for the table that takes its place after an edit. */
  get state() {
    const open = this.rows.filter((row) => row.inside && !row.folded).map((row) => row.values[0]);
    const explained = this.layers.filter((row) => row.below.includes(row.steps)).map((row) => row.values[0]);
    return { column: this.heads[this.column]?.innerText.trim(), direction: this.direction, text: this.text.value, open, explained };
  }

  set state({ column, direction, text, open, explained }) {
    this.text.value = text;
    for (const row of this.rows) {
      if (row.inside) row.folded = !open.includes(row.values[0]);
      else if (explained.includes(row.values[0]) && this.explanations) this.explain(row);
    }
    const place = this.heads.findIndex((head) => head.innerText.trim() === column);
    [this.column, this.direction] = place < 0 ? [-1, 0] : [place, direction];
    this.mark();
    this.show();
  }

  controls(article) {
    this.text = article.querySelector(".text");
    this.kind = article.querySelector(".kind");
    this.status = article.querySelector(".status");
    const count = new Map();
    for (const row of this.layers) count.set(row.values[1], (count.get(row.values[1]) || 0) + 1);
    const findings = this.heads.findIndex((head) => head.textContent.trim() === "findings");
    const lost = this.heads.findIndex((head) => head.textContent.trim() === "lost");
    this.kinds = [["all layers", () => true]];
    if (findings > 0) this.kinds.push(["with findings", (row) => row.values[findings] !== ""]);
    if (lost > 0) this.kinds.push(["that lose pixels", (row) => row.values[lost] !== ""]);
    for (const [op, times] of count) this.kinds.push([`${op} (${times})`, (row) => row.values[1] === op]);
    this.kind.append(...this.kinds.map(([name], i) => make("option", { value: String(i), textContent: name })));
    for (const event of ["input", "change"]) {
      this.text.addEventListener(event, () => this.show());
      this.kind.addEventListener(event, () => this.show());
    }
    article.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
    article.querySelector(".fold").addEventListener("click", () => this.fold(true));
    article.querySelector(".unfold").addEventListener("click", () => this.fold(false));
    const groups = this.rows.some((row) => row.inside);
    article.querySelectorAll(".fold, .unfold").forEach((button) => (button.hidden = !groups));
  }

  listen() {
    this.heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => this.sort(column)));
    for (const row of this.rows) {
      if (!row.button) continue;
      row.button.setAttribute("aria-expanded", String(row.inside > 0));
      row.button.addEventListener("click", () => (row.inside ? this.toggle(row) : this.explain(row)));
    }
  }

  /** First the largest of numbers and the first of words, then the other way round, then the order of execution. */
  sort(column) {
    const words = this.layers.some((row) => numeric(row.values[column]) === null);
    const first = words ? 1 : -1;
    if (this.column !== column) [this.column, this.direction] = [column, first];
    else if (this.direction === first) this.direction = -first;
    else [this.column, this.direction] = [-1, 0];
    this.mark();
    this.show();
  }

  mark() {
    const word = this.direction > 0 ? "ascending" : "descending";
    this.heads.forEach((head, i) => head.setAttribute("aria-sort", i === this.column ? word : "none"));
  }

  toggle(row) {
    row.folded = !row.folded;
    this.show();
  }

  fold(folded) {
    for (const row of this.rows) if (row.inside) row.folded = folded;
    this.show();
  }

  /** Shows a layer that may be folded away or filtered out. */
  reveal(row) {
    for (const module of row.around) module.folded = false;
    if (!this.matches(row)) [this.text.value, this.kind.value] = ["", "0"];
    this.show();
  }

  matches(row) {
    return row.words.includes(this.text.value.trim().toLowerCase()) && this.kinds[Number(this.kind.value) || 0][1](row);
  }

  show() {
    const picked = this.text.value.trim() !== "" || this.kind.selectedIndex > 0;
    const flat = picked || this.direction !== 0;
    let ordered = this.rows;
    if (this.direction) ordered = [...this.layers].sort((a, b) => this.direction * comparing(this.column)(a, b));
    let shown = 0;
    for (const row of this.rows) {
      const visible = flat ? !row.inside && this.matches(row) : !row.around.some((module) => module.folded);
      row.element.hidden = !visible;
      row.below.forEach((element) => (element.hidden = !visible));
      if (row.inside) row.button.setAttribute("aria-expanded", String(!row.folded));
      shown += visible && !row.inside;
    }
    if (this.order !== ordered) this.body.append(...ordered.flatMap((row) => [row.element, ...row.below]));
    this.order = ordered;
    const total = this.layers.length;
    this.status.textContent = shown === total ? `${total} layers` : `${shown} of ${total} layers`;
  }

  explain(row) {
    const open = row.steps && row.below.includes(row.steps);
    if (open) {
      row.steps.remove();
      row.below = row.below.filter((element) => element !== row.steps);
    } else {
      row.steps ||= make("tr", { className: "steps" }, make("td", { colSpan: this.heads.length }, this.steps(row)));
      row.element.after(row.steps);
      row.below.unshift(row.steps);
    }
    row.button.setAttribute("aria-expanded", String(!open));
  }

  steps(row) {
    const { symbols } = this.explanations;
    const letters = make("details", {}, make("summary", { textContent: "What the letters mean" }), lettersOf(symbols));
    return make("div", { className: "inner" }, ...stepsOf(this.explanations, row.index), letters);
  }
}

/** What a layer does, and where its numbers come from. */
function stepsOf({ texts, steps, layers, abouts }, index) {
  const list = make("dl");
  for (const number of layers[index]) {
    const [quantity, formula, numbers, result, remarks] = steps[number].map((i) => texts[i]);
    const value = make("dd");
    const parts = [formula, numbers].filter(Boolean).map((part) => make("code", { textContent: part }));
    for (const part of parts) value.append(part, " = ");
    value.append(make("strong", { textContent: result }));
    if (remarks) value.append(make("span", { className: "note", textContent: remarks }));
    list.append(make("dt", { textContent: quantity }), value);
  }
  return [make("p", { textContent: texts[abouts[index]] }), list];
}

function lettersOf(symbols) {
  const list = make("dl");
  for (const [letter, meaning] of Object.entries(symbols)) {
    list.append(make("dt", {}, make("code", { textContent: letter })), make("dd", { textContent: meaning }));
  }
  return list;
}

// ---------------------------------------------------------------------------------------------- rows, lines and marks

/** Marks what belongs to a layer: its row, its line of the source, its marks in pictures. */
class Links {
  constructor(article, table) {
    this.article = article;
    this.table = table;
    this.rowOf = new Map(table.rows.map((row) => [row.element, row]));
    this.lineOf = new Map([...article.querySelectorAll(".source span")].map((line) => [line.dataset.number, line]));
    for (const event of ["mouseover", "focusin"]) article.addEventListener(event, ({ target }) => this.point(target));
    article.addEventListener("mouseleave", () => this.mark([]));
    article.addEventListener("click", ({ target }) => this.go(target));
  }

  /** The rows that an element stands for. */
  rows(target) {
    const row = target.closest("table.layers tbody tr");
    if (row) return this.rowOf.has(row) ? [this.rowOf.get(row)] : [];
    const mark = target.closest("svg [data-layer]");
    if (mark) return this.table.rows.filter((one) => one.values[0] === mark.dataset.layer);
    const line = target.closest(".source span");
    return line ? this.table.layers.filter((one) => one.element.dataset.line === line.dataset.number) : [];
  }

  point(target) {
    this.mark(this.rows(target));
  }

  mark(rows) {
    for (const element of this.article.querySelectorAll(".on")) element.classList.remove("on");
    for (const row of rows) {
      row.element.classList.add("on");
      this.lineOf.get(row.element.dataset.line)?.classList.add("on");
      for (const one of this.article.querySelectorAll("svg [data-layer]")) if (one.dataset.layer === row.values[0]) one.classList.add("on");
    }
  }

  go(target) {
    if (!target.closest("svg [data-layer], .source span") || !getSelection().isCollapsed) return;
    const [row] = this.rows(target);
    if (!row) return;
    this.table.reveal(row);
    row.element.scrollIntoView({ block: "center" });
    row.button?.focus({ preventScroll: true });
  }
}

// ---------------------------------------------------------------------------------------------- copying and printing

async function copy(button) {
  const text = button.closest("section, .fix").querySelector("pre").textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = before), 1500);
}

/** Makes a network's article alive; answers with its table. */
function enliven(article, explanations) {
  const table = new LayerTable(article, explanations);
  new Links(article, table);
  for (const button of article.querySelectorAll("button.copy")) button.addEventListener("click", () => copy(button));
  return table;
}
