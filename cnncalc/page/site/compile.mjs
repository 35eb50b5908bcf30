// Prepares Python for a browser, with the Python that will run there:
//   node compile.mjs PYODIDE SOURCES CORE FILES MEMORY
// SOURCES and CORE are archives of Python files and of the compiled part; FILES becomes a compressed tar of everything compiled, MEMORY the
// compressed memory of a Python that has started and has imported what needs no compiled part.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { fill } from "./files.js";

const [folder, sources, core, files, memory] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));

const started = (options) => loadPyodide({ indexURL: `${folder}/`, ...options });

// ---------------------------------------------------------------------------------------------- files

const first = await started();
first.FS.writeFile("/sources.zip", new Uint8Array(readFileSync(sources)));
first.FS.writeFile("/core.zip", new Uint8Array(readFileSync(core)));
first.runPython(`
import importlib._bootstrap_external as loading
import io
import tarfile
import zipfile

KEPT = "cnncalc/codegen/helpers/"  # the emitter shows these as text

def compiled(name, data):
    code = compile(data, name, "exec", dont_inherit=True, optimize=0)
    return loading._code_to_hash_pyc(code, b"\\0" * 8, checked=False)

def made():
    with zipfile.ZipFile("/sources.zip") as source:
        for name in source.namelist():
            data = source.read(name)
            if not name.endswith(".py") or name.startswith(KEPT):
                yield name, data
            if name.endswith(".py"):
                folder, _, file = name.rpartition("/")
                place = f"{folder}/__pycache__/{file[:-3]}.cpython-314.pyc".lstrip("/") if name.startswith(KEPT) else f"{name}c"
                yield place, compiled(name, data)
    with zipfile.ZipFile("/core.zip") as wheel:
        for name in wheel.namelist():
            data = wheel.read(name)
            if name.endswith(".so"):
                yield name, data
            elif name.endswith(".py"):
                yield f"{name}c", compiled(name, data)

with tarfile.open("/made.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
    for name, data in made():
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
`);
const tar = first.FS.readFile("/made.tar");
writeFileSync(files, gzipSync(tar, { level: 9 }));

// ---------------------------------------------------------------------------------------------- memory

// What a page asks is asked once, to learn which modules of the standard library it takes.
fill(first, tar);
const names = first.runPython(`
import json, sys
from cnncalc.page import question

for text in json.loads(question.examples()).values():
    question.answer(json.dumps({"text": text}))
question.answer(json.dumps({"text": "1x8x8 | cnv 4 3"}))
question.picture(json.dumps({"text": "1x8x8 | conv 4 3", "layer": "0"}))
question.vocabulary()
OWN = {"cnncalc", "pydantic", "pydantic_core", "__main__", "js", "pyodide_js"}  # need the compiled part, or are of the browser
" ".join(name for name in sys.modules if name.partition(".")[0] not in OWN)
`);

/** A Python that has read the templates and has imported the first of the modules, and how many fit into the memory that it has at first. */
async function prepared(modules) {
  const python = await started({ _makeSnapshot: true });
  const room = () => python._module.HEAP8.length;
  const whole = room();
  fill(python, tar);
  python.runPython("from cnncalc.page.html import warm\nwarm()\ndel warm");
  let count = 0;
  for (; count < modules.length && room() === whole; count++) {
    python.runPython(`import importlib\ntry: importlib.import_module(${JSON.stringify(modules[count])})\nexcept ImportError: pass`);
  }
  python.runPython("import gc\ngc.collect()");
  return { python, count, fits: room() === whole };
}

// Only a memory that has not grown can be begun with: one that imports everything says how much is too much.
const modules = names.split(" ");
const { count, fits } = await prepared(modules);
const kept = fits ? modules : modules.slice(0, count - 8);
const made = (await prepared(kept)).python.makeMemorySnapshot();
await started({ _loadSnapshot: made }); // fails where it does not fit
writeFileSync(memory, gzipSync(made, { level: 9 }));
console.log(`${kept.length} of ${modules.length} modules are in the memory`);
