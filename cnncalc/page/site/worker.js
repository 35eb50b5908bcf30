// Python in the browser: the program itself, which answers as a server would. It begins with the memory of a Python that has started.

import { fill } from "./files.js";
import { loadPyodide } from "./pyodide/pyodide.mjs";

/** The bytes of a compressed file; its name does not end as if a server had compressed it. */
async function fetched(name) {
  const reply = await fetch(new URL(name, import.meta.url));
  if (!reply.ok) throw new Error(`cannot load ${name}: ${reply.status}`);
  return new Uint8Array(await new Response(reply.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

let begin = "memory";

async function begun() {
  const indexURL = new URL("pyodide/", import.meta.url).href;
  try {
    return await loadPyodide({ indexURL, _loadSnapshot: fetched("memory.bin") });
  } catch {
    begin = "anew";
    return loadPyodide({ indexURL }); // a browser in which it cannot go on from there starts anew, which takes longer
  }
}

async function started() {
  const loading = fetched("files.bin");
  loading.catch(() => {});
  const python = await begun();
  fill(python, await loading);
  return python.pyimport("cnncalc.page.question");
}

const program = started();
program.then(
  () => postMessage({ ready: true, begin }),
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
