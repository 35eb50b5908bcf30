"use strict";

// What an editor knows of the format: how its words are told apart, and which can stand where. Everything true about a text comes from
// Python; this only colours and completes.

const WORDS = new Set("add concat mul sub max min matmul div from id repeat if else shared group in and or not as".split(" "));
const LATER = new Set(["repeat", "if", "shared", "group"]); // their first part is a number, a condition or a name, the others are layers

/** Reads a line token by token. `stage`: a layer can stand here. `brackets`: for each open one, whether layers stand in it. */
const reader = {
  name: "cnncalc",
  startState: () => ({ stage: true, brackets: [], opening: null, title: false }),
  copyState: (state) => ({ ...state, brackets: [...state.brackets] }),
  languageData: { commentTokens: { line: "#" } },
  tokenTable: {},

  token(stream, state) {
    if (stream.sol()) Object.assign(state, { title: false, stage: true, opening: null });
    if (stream.eatSpace()) return null;
    if (stream.peek() === "#" && (stream.column() === 0 || /[\s;]/.test(stream.string[stream.pos - 1]))) return stream.skipToEnd(), "comment";
    if (state.title) return stream.skipToEnd(), "string";
    const opening = state.opening;
    state.opening = null;
    if (stream.match("->")) return (state.stage = false), "operator";
    if (stream.match(/^[0-9][0-9_]*(?:x[0-9][0-9_]*)+|^[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?/)) return "number";
    if (stream.match(/^(['"])(?:(?!\1).)*\1?/)) return "string";
    if (stream.match(/^[A-Za-z_\u0080-\uffff][\w.{}+\u0080-\uffff]*/)) return word(stream, state);
    return sign(stream, state, opening);
  },
};

function word(stream, state) {
  const found = stream.current();
  const rest = stream.string.slice(stream.pos);
  const first = stream.string.slice(0, stream.start).trim().replace(/^(- *)+/, "") === "";
  if (first && /^ *:( |$)/.test(rest) && !state.brackets.length) {
    state.title = found === "name" && stream.start === 0 && /^ *: +[^{[]/.test(rest);
    return WORDS.has(found) ? "keyword" : "propertyName";
  }
  if (WORDS.has(found)) {
    state.stage = found === "id" ? false : state.stage;
    state.opening = found;
    if (found === "from") state.stage = false;
    return "keyword";
  }
  if (/^ *=[^=]/.test(rest)) return state.stage ? "definition" : "attributeName";
  if (/^in\.[a-z]+$/.test(found)) return "atom";
  if (!state.stage) return /^[a-z]{1,2}[0-9]/.test(found) || !/^[(]/.test(rest) ? "attributeName" : "function";
  state.stage = false;
  return "typeName";
}

function sign(stream, state, opening) {
  const char = stream.next();
  if (char === "(") {
    state.brackets.push(LATER.has(opening) ? "later" : WORDS.has(opening));
    state.stage = state.brackets.at(-1) === true;
    return "bracket";
  }
  if (char === ")") {
    state.brackets.pop();
    state.stage = false;
    return "bracket";
  }
  if (char === ",") state.stage = Boolean(state.brackets.at(-1));
  else if ("|;:".includes(char) || (char === "-" && /^[\s-]*$/.test(stream.string.slice(0, stream.start)))) state.stage = true;
  return "operator";
}

// ---------------------------------------------------------------------------------------------- completion

let vocabulary = null;

const within = (text, expression) => [...new Set([...text.matchAll(expression)].map((match) => match[1]))];

/** What the text itself names: blocks with their parameters, values, parameters. */
function named(text) {
  const blocks = new Map([...text.matchAll(/^ +([A-Za-z_]\w*)\(([^)]*)\) *:/gm)].map((match) => [match[1], match[2]]));
  const params = text.match(/^params: *\{([^}]*)\}/m)?.[1] ?? text.match(/^params: *\n((?: +.*\n?)+)/m)?.[1] ?? "";
  return {
    blocks,
    values: within(text, /(?:^|[-|(,;]) *([A-Za-z_]\w*) *=(?= )/gm),
    params: within(params, /([A-Za-z_]\w*) *:/g),
  };
}

const option = (label, type, detail = "", more = {}) => ({ label, type, detail, ...more });

function ofLayers({ blocks }) {
  return [
    ...Object.entries(vocabulary.layers).map(([name, kind]) => option(name, "class", kind.example, { info: kind.about, boost: -name.length / 50 })), // short names first
    ...[...blocks].map(([name, signature]) => option(name, "function", `(${signature})`, { boost: 2 })),
    ...vocabulary.words.filter((one) => !["in", "and", "or", "not", "as"].includes(one)).map((one) => option(one, "keyword")),
  ];
}

function ofArguments(name, { blocks, params }) {
  const kind = vocabulary.layers[name];
  const own = kind
    ? [
        ...kind.arguments.map((one) => option(one.name, "property", one.about, { apply: one.name.length > 2 ? `${one.name}=` : one.name, boost: 2 })),
        ...kind.words.map((one) => option(one, "enum", "", { boost: 1 })),
      ]
    : (blocks.get(name) ?? "").split(",").filter(Boolean).map((one) => option(one.split("=")[0].trim(), "property", one.trim(), { apply: `${one.split("=")[0].trim()}=`, boost: 2 }));
  return [
    ...own,
    ...params.map((one) => option(one, "variable", "parameter")),
    ...["in.c", "in.d", "in.h", "in.w"].map((one) => option(one, "variable", "size of the input")),
    ...vocabulary.functions.map((one) => option(one, "function", "", { apply: `${one}(`, boost: -1 })),
  ];
}

function options(before, text) {
  const names = named(text);
  if (/^[a-z]*$/.test(before) && /^cnncalc *:/m.test(text)) {
    return Object.entries(vocabulary.keys).map(([name, about]) => option(name, "property", "", { info: about, apply: `${name}: ` }));
  }
  const stage = before.split(/[|;,(]|^(?:\s*-)+\s|:\s|\s=\s/).at(-1).trimStart();
  if (/^from\s/.test(stage)) return names.values.map((one) => option(one, "variable"));
  const first = stage.match(/^([A-Za-z_]\w*)\s/);
  return first ? ofArguments(first[1], names) : ofLayers(names);
}

/** For CodeMirror: what can be written at a place. */
function completions(context) {
  if (!vocabulary) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const begun = before.match(/[A-Za-z_][\w.]*$/)?.[0] ?? "";
  if (/(^|\s)#/.test(before) || /^name *:/.test(before) || (!begun && !context.explicit)) return null;
  const found = options(before, context.state.doc.toString());
  if (!context.explicit && found.filter((one) => one.label.startsWith(begun)).every((one) => one.label === begun)) return null;
  return { from: context.pos - begun.length, options: found, validFor: /^[\w.]*$/ };
}
