"use strict";

// The text that is edited, in CodeMirror: sizes behind the lines, findings at their places, what a layer's numbers are when one points at it.

const C = CodeMirror;

const LOOK = C.EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--ground)", fontSize: ".875rem", height: "26rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace', lineHeight: "1.45" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 9%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)" },
  ".cm-size": { color: "var(--soft)", paddingLeft: "1.5em", userSelect: "none", pointerEvents: "none" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--soft)", borderRadius: ".4rem", maxWidth: "min(40rem, 90vw)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--ground)" },
  ".cm-completionDetail": { color: "inherit", opacity: ".75" },
  ".cm-diagnostic": { overflowWrap: "anywhere", whiteSpace: "pre-wrap" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--ground)", font: "inherit", borderRadius: ".3rem", padding: ".1rem .5rem", cursor: "pointer" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--text)" },
  ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "color-mix(in srgb, var(--accent) 18%, transparent)" },
  ".cm-panel.cm-panel-lint button[name=close]": { color: "inherit" },
  ".numbers": { padding: ".4rem .7rem", fontSize: ".875rem", maxHeight: "20rem", overflow: "auto" },
  ".numbers dl": { display: "grid", gridTemplateColumns: "max-content minmax(0, 1fr)", gap: ".1rem .8rem", margin: "0" },
  ".numbers dt": { fontWeight: "600" },
  ".numbers dd": { margin: "0", overflowWrap: "anywhere" },
  ".numbers p": { margin: "0 0 .3rem" },
  ".numbers .note": { display: "block", color: "var(--soft)" },
});

const COLOURS = C.syntaxHighlighting(
  C.HighlightStyle.define([
    { tag: C.tags.comment, color: "var(--soft)", fontStyle: "italic" },
    { tag: C.tags.keyword, color: "var(--bad)" },
    { tag: C.tags.propertyName, color: "var(--accent)", fontWeight: "600" },
    { tag: C.tags.typeName, color: "var(--accent)" },
    { tag: C.tags.number, color: "var(--good)" },
    { tag: [C.tags.attributeName, C.tags.atom], color: "var(--warn)" },
    { tag: C.tags.definition(C.tags.variableName), fontWeight: "600" },
    { tag: C.tags.string, color: "var(--good)" },
  ]),
);
reader.tokenTable = { definition: C.tags.definition(C.tags.variableName), function: C.tags.function(C.tags.variableName) };

// ---------------------------------------------------------------------------------------------- sizes behind the lines

class Size extends C.WidgetType {
  constructor(size) {
    super();
    this.size = size;
  }

  eq(other) {
    return other.size === this.size;
  }

  toDOM() {
    const element = make("span", { className: "cm-size", textContent: this.size });
    element.setAttribute("aria-hidden", "true"); // the layer at the cursor says it
    return element;
  }
}

const sizesFound = C.StateEffect.define();

const sizes = C.StateField.define({
  create: () => C.Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) if (effect.is(sizesFound)) return behind(transaction.state.doc, effect.value);
    return shown.map(transaction.changes);
  },
  provide: (field) => C.EditorView.decorations.from(field),
});

function behind(doc, hints) {
  const found = Object.entries(hints).filter(([line]) => Number(line) <= doc.lines);
  return C.Decoration.set(found.map(([line, size]) => C.Decoration.widget({ widget: new Size(size), side: 1 }).range(doc.line(Number(line)).to)), true);
}

// ---------------------------------------------------------------------------------------------- the editor

/** The smallest change from one text to another, so that cursor and sizes stay where they are. */
function change(before, after) {
  let from = 0;
  while (from < Math.min(before.length, after.length) && before[from] === after[from]) from++;
  let end = 0;
  while (end < Math.min(before.length, after.length) - from && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from, to: before.length - end, insert: after.slice(from, after.length - end) };
}

/** Typing over a selection: left to itself a browser gives the new text styles of the old, which the page's policy refuses. */
function typedOver(event, view) {
  if (event.inputType !== "insertText" || event.isComposing || !event.data || view.state.selection.main.empty) return false;
  event.preventDefault();
  view.dispatch({ ...view.state.replaceSelection(event.data), userEvent: "input.type", scrollIntoView: true });
  return true;
}

class Text {
  /** `changed` is called after every edit, `moved` with the place of the cursor, `explained(place)` gives what hovers at a place, or null. */
  constructor(host, { changed, moved, explained }) {
    this.quiet = false;
    const state = C.EditorState.create({
      extensions: [
        C.lineNumbers(), C.lintGutter(), C.history(), C.drawSelection(), C.bracketMatching(), C.highlightActiveLine(), C.highlightActiveLineGutter(),
        C.indentUnit.of("  "), C.StreamLanguage.define(reader), COLOURS, LOOK, sizes,
        C.autocompletion({ override: [completions] }),
        C.keymap.of([...C.completionKeymap, ...C.lintKeymap, ...C.defaultKeymap, ...C.historyKeymap, C.indentWithTab]),
        C.EditorView.contentAttributes.of({
          id: "text", "aria-label": "Text of the network", "aria-description": "Escape, then Tab leaves the text. F8 goes to the next finding, Control Space completes.",
          spellcheck: "false", autocorrect: "off", autocapitalize: "off",
        }),
        C.EditorView.domEventHandlers({ beforeinput: typedOver }),
        C.hoverTooltip((_, place) => this.hover(explained(place))),
        C.EditorView.updateListener.of((update) => {
          if (update.docChanged && !this.quiet) changed();
          if (update.docChanged || update.selectionSet) moved(update.state.selection.main.head);
        }),
      ],
    });
    this.view = new C.EditorView({ state, parent: host });
  }

  get value() {
    return this.view.state.doc.toString();
  }

  set value(given) {
    const text = given.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
    this.quiet = true;
    this.view.dispatch({ changes: change(this.value, text), annotations: C.isolateHistory.of("full") });
    this.quiet = false;
  }

  get cursor() {
    return this.view.state.selection.main.head;
  }

  /** Begin and end of the cursor's line. */
  get line() {
    const { from, to } = this.view.state.doc.lineAt(this.cursor);
    return [from, to];
  }

  focus() {
    this.view.focus();
  }

  /** Goes to a line, counted from 1, and selects it. */
  select(line) {
    const { from, to } = this.view.state.doc.line(Math.min(line, this.view.state.doc.lines));
    this.view.dispatch({ selection: { anchor: to, head: from }, effects: C.EditorView.scrollIntoView(from, { y: "center" }) });
    this.focus();
  }

  /** Shows sizes (line to size) and findings, each with `from`, `to`, `severity`, `message` and `actions`; null: those that are there stay. */
  show(hints, found) {
    const length = this.view.state.doc.length;
    const all = found?.map(({ from, to, ...rest }) => ({ ...rest, from: Math.min(from ?? 0, length), to: Math.min(to ?? 0, length) }));
    if (all) this.view.dispatch(C.setDiagnostics(this.view.state, all));
    if (hints) this.view.dispatch({ effects: sizesFound.of(hints) });
  }

  hover(found) {
    return found && { pos: found.from, end: found.to, above: true, create: () => ({ dom: make("div", { className: "numbers" }, ...found.nodes()) }) };
  }
}
