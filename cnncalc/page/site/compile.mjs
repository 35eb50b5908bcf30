// Compiles the Python files of an archive with the Python that will run them, so that a browser need not.
//   node compile.mjs PYODIDE ARCHIVE

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, archive] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/` });
python.FS.writeFile("/source.zip", new Uint8Array(readFileSync(archive)));
python.runPython(`
import importlib._bootstrap_external as loading
import zipfile

KEPT = "cnncalc/codegen/helpers/"  # the emitter shows these as text

with zipfile.ZipFile("/source.zip") as source, zipfile.ZipFile("/made.zip", "w", zipfile.ZIP_DEFLATED) as made:
    for name in source.namelist():
        data = source.read(name)
        if not name.endswith(".py") or name.startswith(KEPT):
            made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        if name.endswith(".py"):
            code = compile(data, name, "exec", dont_inherit=True, optimize=0)
            compiled = loading._code_to_hash_pyc(code, b"\\0" * 8, checked=False)
            folder, _, file = name.rpartition("/")
            place = f"{folder}/__pycache__/{file[:-3]}.cpython-314.pyc".lstrip("/") if name.startswith(KEPT) else f"{name}c"
            made.writestr(zipfile.ZipInfo(place), compiled, zipfile.ZIP_DEFLATED)
`);
writeFileSync(archive, python.FS.readFile("/made.zip"));
