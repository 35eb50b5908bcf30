// Python in the browser: the program itself, which answers as a server would.

import { loadPyodide } from "./pyodide/pyodide.mjs";

async function fetched(name) {
  const reply = await fetch(new URL(name, import.meta.url));
  if (!reply.ok) throw new Error(`cannot load ${name}: ${reply.status}`);
  return reply.arrayBuffer();
}

async function started() {
  const place = new URL("pyodide/", import.meta.url).href;
  const loading = [fetched("packages.zip"), fetched("pydantic_core.zip")];
  const python = await loadPyodide({ indexURL: place });
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  for (const archive of await Promise.all(loading)) python.unpackArchive(archive, "zip", { extractDir: packages });
  return python.pyimport("cnncalc.page.question");
}

const program = started();
program.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ ready: false, error: String(error.message || error) }),
);

onmessage = async ({ data: { id, call, argument } }) => {
  try {
    const { [call]: asked } = await program;
    postMessage({ id, text: argument === undefined ? asked() : asked(argument) });
  } catch (error) {
    postMessage({ id, error: String(error.message || error) });
  }
};
