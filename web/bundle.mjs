// Makes one file of the packages that package-lock.json fixes, headed by their names, versions and licences.
//   npm ci --ignore-scripts && node bundle.mjs FILE

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const [file] = process.argv.slice(2);
if (!file) throw new Error("usage: node bundle.mjs FILE");

// style-mod makes a style element for a document, which a policy without 'unsafe-inline' refuses, and adopts a style sheet in a shadow root.
// Here it adopts one in a document too.
const adopting = {
  name: "adopting",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/style-mod\/src\/style-mod\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const [before, after] = ["if (!root.head && root.adoptedStyleSheets", "if (root.adoptedStyleSheets"];
      if (text.split(before).length !== 2) throw new Error("style-mod has changed: look at bundle.mjs");
      return { contents: text.replace(before, after), loader: "js" };
    }),
};

const made = await build({
  entryPoints: [new URL("codemirror.mjs", import.meta.url).pathname],
  absWorkingDir: new URL(".", import.meta.url).pathname,
  bundle: true,
  plugins: [adopting],
  minify: true,
  format: "iife",
  globalName: "CodeMirror",
  target: "es2022",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
});

// Packages whose files are in the bundle: node_modules/name/... or node_modules/@scope/name/...
const used = new Set(Object.keys(made.metafile.inputs).flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
const versions = [];
const licences = new Map();
for (const name of [...used].sort()) {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder)));
  if (license !== "MIT") throw new Error(`${name} has the licence ${license}`);
  versions.push(`${name} ${version}`);
  const text = readFileSync(new URL("LICENSE", folder), "utf8").trim().replaceAll("\r\n", "\n");
  licences.set(text, [...(licences.get(text) || []), name]);
}
const head = [
  "CodeMirror and what it needs, in one file made by web/bundle.mjs. Do not edit.",
  ...versions,
  "style-mod is changed: it adopts a style sheet in documents too.",
  ...[...licences].map(([text, names]) => `\nLicence of ${names.join(", ")}:\n\n${text}`),
].join("\n");
if (head.includes("*/")) throw new Error("a licence ends the comment");
writeFileSync(file, `/*!\n${head}\n*/\n${made.outputFiles[0].text}`);
