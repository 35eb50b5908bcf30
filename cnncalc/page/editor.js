"use strict";

// The text at the left, what follows from it at the right. After every edit the numbers are asked for first, then all of it.

const at = (id) => document.getElementById(id);
const text = at("text");
const START = "cnncalc: 1\nname: LeNet-5\ninput: 1x32x32\nlayers:\n  - conv 6 5 | tanh | avgpool 2\n  - conv 16 5 | tanh | avgpool 2\n  - conv 120 5 | tanh | flatten\n  - linear 84 | tanh\n  - linear 10\n";

let chosen = { settings: {}, size: null, variant: null };
let table = null;
let explained = []; // layers whose explanations are open, while the first answer without explanations is shown
let asked = 0;

// ---------------------------------------------------------------------------------------------- asking

async function update() {
  const number = ++asked;
  at("answer").setAttribute("aria-busy", "true");
  for (const whole of [false, true]) {
    let found;
    try {
      found = await backend.ask({ text: text.value, ...chosen, whole });
    } catch (error) {
      found = { problems: [{ message: error.message, text: error.message, line: null }] };
    }
    if (number !== asked) return;
    show(found);
    if (!found.html) break;
  }
  at("answer").setAttribute("aria-busy", "false");
}

let waiting;
function soon() {
  clearTimeout(waiting);
  gutter({}, []);
  waiting = setTimeout(update, 120);
}

// ---------------------------------------------------------------------------------------------- showing

function show(found) {
  at("problems").replaceChildren(...found.problems.map((one) => make("li", {}, make("pre", { textContent: one.text }))));
  const errors = found.problems.map(({ line, message }) => ({ line, message, severity: "error" }));
  gutter(found.hints || {}, [...(found.marks || []), ...errors]);
  at("status").textContent = errors.length ? `${errors.length} problem${errors.length > 1 ? "s" : ""}` : "";
  if (!found.html) return;
  article(found);
  sliders(found.controls);
}

/** The article comes from the program's own template, in which every text of the user is escaped. */
function article(found) {
  const state = table && { ...table.state, ...(table.explanations ? {} : { explained }) };
  const focus = document.activeElement?.closest?.("#answer") ? document.activeElement.textContent : null;
  const parsed = new DOMParser().parseFromString(found.html, "text/html").querySelector("article");
  at("answer").replaceChildren(document.adoptNode(parsed));
  table = enliven(parsed, found.explanations);
  if (state) {
    table.state = state;
    explained = state.explained;
  }
  parsed.querySelectorAll("button.apply").forEach((button, i) => button.addEventListener("click", () => replace(found.fixes[i])));
  parsed.addEventListener("click", lineOf);
  if (focus) [...parsed.querySelectorAll("button, summary, a")].find((one) => one.textContent === focus)?.focus({ preventScroll: true });
}

/** A click on a finding's line goes to the text. */
function lineOf(event) {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  const lines = text.value.split("\n");
  const start = lines.slice(0, Number(link.dataset.line) - 1).reduce((sum, one) => sum + one.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + lines[Number(link.dataset.line) - 1].length);
}

const SIGNS = { error: "✗", warning: "!", info: "i" };

function gutter(hints, marks) {
  const lines = text.value.split("\n");
  const worst = new Map();
  for (const one of marks) if (!worst.has(one.line) || one.severity === "error") worst.set(one.line, one);
  at("gutter").replaceChildren(
    ...lines.map((_, i) => {
      const mark = worst.get(i + 1);
      return make("div", { className: mark?.severity || "", title: mark?.message || "", textContent: `${mark ? SIGNS[mark.severity] : ""} ${i + 1}` });
    }),
  );
  if (Object.keys(hints).length) at("hints").replaceChildren(...lines.map((_, i) => make("div", { textContent: hints[i + 1] || " " })));
  scrolled();
}

function scrolled() {
  at("gutter").scrollTop = at("hints").scrollTop = text.scrollTop;
}

// ---------------------------------------------------------------------------------------------- parameters

const number = (value) => {
  const [above, below = 1] = String(value).split("/").map(Number);
  return above / below;
};

function sliders({ params, size, variants }) {
  const rows = params.map(({ name, value, whole }) => slider(name, chosen.settings[name] ?? value, value, whole, (to) => (chosen.settings[name] = to)));
  if (size !== null) rows.push(slider("input size", chosen.size ?? size, size, true, (to) => (chosen.size = Number(to) || null)));
  const key = JSON.stringify([params.map((one) => [one.name, one.whole]), size === null, variants]);
  if (at("controls").dataset.key === key) return;
  at("controls").dataset.key = key;
  at("controls").replaceChildren(...rows.flat(), ...picker(variants));
}

function slider(name, value, usual, whole, set) {
  const [low, high, step] = whole ? [1, Math.max(8, 4 * number(usual)), 1] : [0.125, Math.max(2, 4 * number(usual)), 0.125];
  const range = make("input", { type: "range", min: low, max: high, step, value: number(value) });
  const exact = make("input", { type: "text", value });
  range.setAttribute("aria-label", name);
  exact.setAttribute("aria-label", `${name}, exactly`);
  const moved = (to) => {
    set(to);
    soon();
  };
  range.addEventListener("input", () => moved((exact.value = range.value)));
  exact.addEventListener("change", () => moved(((range.value = number(exact.value)), exact.value)));
  return [make("span", { textContent: name }), range, exact];
}

function picker(variants) {
  if (!variants.length) return [];
  const select = make("select", {}, make("option", { value: "", textContent: "none" }), ...variants.map((name) => make("option", { textContent: name })));
  select.setAttribute("aria-label", "variant");
  select.value = chosen.variant || "";
  select.addEventListener("change", () => {
    chosen.variant = select.value || null;
    soon();
  });
  return [make("span", { textContent: "variant" }), select, make("span")];
}

// ---------------------------------------------------------------------------------------------- the text and where it comes from

function replace(value, keep = true) {
  text.value = value;
  if (!keep) {
    chosen = { settings: {}, size: null, variant: null };
    at("controls").dataset.key = "";
    table = null;
  }
  gutter({}, []);
  update();
}

async function packed(value) {
  const stream = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function unpacked(word) {
  const bytes = Uint8Array.from(atob(word.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text());
}

async function share() {
  const link = `${location.href.split("#")[0]}#net=${await packed({ text: text.value, ...chosen })}`;
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link);
    at("status").textContent = "The link is copied.";
  } catch {
    at("status").textContent = "The link stands in the address bar.";
  }
}

async function fromLink() {
  const word = location.hash.match(/^#net=([\w-]+)$/)?.[1];
  if (!word) return false;
  try {
    const { text: shared, settings, size, variant } = await unpacked(word);
    chosen = { settings: settings || {}, size: size || null, variant: variant || null };
    at("controls").dataset.key = "";
    replace(String(shared));
    return true;
  } catch {
    at("status").textContent = "The link is damaged.";
    return false;
  }
}

/** Follows a file that its user edits elsewhere. */
async function follow(seen) {
  try {
    const file = await backend.file(seen);
    if (file.text !== undefined && file.text !== text.value) replace(file.text);
    if (file.version !== undefined) setTimeout(() => follow(file.version), 1000);
    return file.text !== undefined;
  } catch {
    return false;
  }
}

async function start() {
  text.addEventListener("input", soon);
  text.addEventListener("scroll", scrolled);
  at("share").addEventListener("click", share);
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", fromLink);
  if (!(await fromLink()) && !(backend.file && (await follow("")))) replace(START);
  try {
    const examples = await backend.examples();
    at("examples").append(...Object.keys(examples).map((name) => make("option", { textContent: name })));
    at("examples").addEventListener("change", ({ target }) => target.value && replace(examples[target.value], false));
  } catch (error) {
    at("status").textContent = error.message;
  }
}

start();
