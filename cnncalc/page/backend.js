"use strict";

// Who answers: the program's own server. A built site has a file of this name that asks Python in the browser instead; both give
// ask(question) and examples(), and reject with a message that can be shown.

const token = new URLSearchParams(location.search).get("token") || "";

async function called(place, body) {
  let reply;
  try {
    reply = await fetch(place, { method: body === undefined ? "GET" : "POST", body, headers: { "X-Cnncalc-Token": token } });
  } catch {
    throw new Error("the server has gone: start it again with cnncalc serve");
  }
  const text = await reply.text();
  if (!reply.ok) throw new Error(text);
  return JSON.parse(text);
}

const backend = {
  ask: (question) => called("answer", JSON.stringify(question)),
  picture: (question) => called("picture", JSON.stringify(question)),
  measure: (question) => called("measure", JSON.stringify(question)),
  measured: (number, stop) => called("measured", JSON.stringify({ number, stop })),
  examples: () => called("examples"),
  vocabulary: () => called("vocabulary"),
  file: (seen) => called(`file?seen=${encodeURIComponent(seen)}`),
};
