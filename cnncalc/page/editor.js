"use strict";

// The text at the left, what follows from it at the right. After every edit the numbers are asked for first, then all of it.

const START = "cnncalc: 1\nname: LeNet-5\ninput: 1x32x32\nlayers:\n  - conv 6 5 | tanh | avgpool 2\n  - conv 16 5 | tanh | avgpool 2\n  - conv 120 5 | tanh | flatten\n  - linear 84 | tanh\n  - linear 10\n";

let chosen = { settings: {}, size: null, variant: null };
let table = null;
let explained = []; // layers whose explanations are open, while the first answer without explanations is shown
let opened = new Set(["network "]); // pictures that are open, as kind and layer
let asked = 0;
let last = null; // the last whole answer, while the text is the one that it is about

const text = new Text(at("editor"), { changed: soon, moved: () => hereSoon(), explained: hovering });

// ---------------------------------------------------------------------------------------------- asking

const question = (more = {}) => ({ text: text.value, ...chosen, ...more });

async function update() {
  const number = ++asked;
  at("answer").setAttribute("aria-busy", "true");
  for (const whole of [false, true]) {
    let found;
    try {
      found = await backend.ask(question({ whole }));
    } catch (error) {
      found = { problems: [{ message: error.message, text: error.message, line: null }] };
    }
    if (number !== asked) return;
    show(found, whole);
    if (!found.html) break;
  }
  at("answer").setAttribute("aria-busy", "false");
}

let waiting;
function soon() {
  clearTimeout(waiting);
  measuring.changed();
  last = null;
  asked++; // an answer that is on its way is about another text
  waiting = setTimeout(update, 120);
}

// ---------------------------------------------------------------------------------------------- showing

function show(found, whole) {
  at("problems").replaceChildren(...found.problems.map((one) => make("li", {}, make("pre", { textContent: one.text }))));
  const errors = found.problems.map((one) => ({ ...one, severity: "error", message: [one.message, one.hint].filter(Boolean).join("\n") }));
  if (whole || !found.html || errors.length) text.show(found.hints ?? null, [...errors, ...(found.marks || []).map((one) => marked(one, found.fixes))]);
  else text.show(found.hints, null);
  at("status").textContent = errors.length ? `${errors.length} problem${errors.length > 1 ? "s" : ""}` : "";
  if (!found.html) return;
  article(found);
  sliders(found.controls);
  if (!whole) return;
  last = found;
  here();
}

/** A finding for the editor: its fixes are buttons there too. */
function marked({ fixes, code, name, message, ...place }, texts) {
  const actions = fixes.map((fix) => ({ name: fix.safe ? fix.message : `${fix.message} (changes the network)`, apply: () => replace(texts[fix.number]) }));
  return { ...place, message: `${code} ${name}: ${message}`, actions };
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
  parsed.querySelectorAll("details.picture").forEach(picture);
  if (focus) [...parsed.querySelectorAll("button, summary, a")].find((one) => one.textContent === focus)?.focus({ preventScroll: true });
}

/** A picture is drawn when it is opened, and stays open after an edit. */
function picture(details) {
  const { what, layer } = details.dataset;
  const key = `${what} ${layer}`;
  let drawn = false;
  details.addEventListener("toggle", async () => {
    if (details.open) opened.add(key);
    else if (details.isConnected) opened.delete(key);
    if (!details.open || drawn) return;
    drawn = true;
    const [found] = await pictures({ what, layer });
    if (found) details.querySelector(".wide").replaceChildren(found);
  });
  details.open = opened.has(key);
}

/** Pictures as elements; none if nothing can be drawn. */
async function pictures(wanted) {
  try {
    const { pictures: found } = await backend.picture(question(wanted));
    return found.map(({ svg }) => drawing(svg));
  } catch {
    return [];
  }
}

/** A click on a finding's line goes to the text. */
function lineOf(event) {
  const link = event.target.closest("a[data-line]");
  if (!link) return;
  event.preventDefault();
  text.select(Number(link.dataset.line));
}

// ---------------------------------------------------------------------------------------------- the layer at a place of the text

/** The stage that stands at a place: the last that begins before it, with its arguments, up to the next one. */
function stageAt(place) {
  const whole = text.value;
  const before = (last?.stages ?? []).filter(([from, to]) => from <= place && /^[^|;\n#]*$/.test(whole.slice(to, place)));
  return before.sort((a, b) => b[0] - a[0] || a[1] - b[1])[0] ?? null;
}

/** The stage at the cursor, or the first of its line. */
function stageHere() {
  const [from, to] = text.line;
  return stageAt(text.cursor) ?? stageAt(Math.min(...(last?.stages ?? []).map((one) => one[0]).filter((start) => from <= start && start <= to)));
}

function titleOf([, , first, end, count]) {
  const [one, other] = [table.layers[first], table.layers[end]];
  const size = other.values[2];
  if (count === 1) return `${one.values[0]}: ${one.values[1]}, ${size}`;
  return `${one.values[0]} to ${other.values[0]}: ${count} layers, ${size}; the first of them, ${one.values[1]}`;
}

const told = (stage) => stage && last.explanations.layers[stage[2]] && stepsOf(last.explanations, stage[2]);

function hovering(place) {
  const stage = stageAt(place);
  if (!told(stage)) return null;
  return { from: stage[0], to: stage[1], nodes: () => [make("p", {}, make("strong", { textContent: titleOf(stage) })), ...told(stage)] };
}

let going;
function hereSoon() {
  clearTimeout(going);
  going = setTimeout(here, 120);
}

/** Below the text the same for the cursor, with its pictures; while nothing newer is known what was there stays. */
async function here() {
  if (!last) return;
  const about = last;
  const stage = stageHere();
  const steps = told(stage);
  at("here").hidden = !steps;
  if (!steps) return;
  at("here-title").textContent = titleOf(stage);
  at("here-numbers").replaceChildren(...steps, make("details", {}, make("summary", { textContent: "What the letters mean" }), lettersOf(last.explanations.symbols)));
  const drawn = await pictures({ layer: table.layers[stage[2]].values[0] });
  if (about === last && stageHere()?.[2] === stage[2]) at("here-pictures").replaceChildren(...drawn);
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
  last = null;
  measuring.changed();
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
  at("share").addEventListener("click", share);
  measuring.start();
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", fromLink);
  if (!(await fromLink()) && !(backend.file && (await follow("")))) replace(START);
  try {
    const examples = await backend.examples();
    at("examples").append(...Object.keys(examples).map((name) => make("option", { textContent: name })));
    at("examples").addEventListener("change", ({ target }) => target.value && replace(examples[target.value], false));
    vocabulary = await backend.vocabulary();
  } catch (error) {
    at("status").textContent = error.message;
  }
}

start();
