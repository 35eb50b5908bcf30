// Files out of a tar into the file system of a Python in JavaScript.

function* entries(tar) {
  const text = (from, length) => new TextDecoder().decode(tar.subarray(from, from + length)).replace(/\0.*/s, "");
  for (let at = 0; tar[at]; ) {
    const size = parseInt(text(at + 124, 12), 8);
    const folder = text(at + 345, 155);
    yield [`${folder && `${folder}/`}${text(at, 100)}`, tar.subarray(at + 512, at + 512 + size)];
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Puts the files where Python finds them. */
export function fill(python, tar) {
  const place = python.runPython("import site; site.getsitepackages()[0]");
  for (const [name, bytes] of entries(tar)) {
    const path = `${place}/${name}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, bytes);
  }
  python.runPython("import importlib; importlib.invalidate_caches()");
}
