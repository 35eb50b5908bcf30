"use strict";

// Who answers: Python in this browser, in a worker that is ended when it takes too long. A new one takes its place.

class Python {
  constructor() {
    this.limit = 20_000; // milliseconds that an answer may take
    this.open();
  }

  open() {
    this.waiting = new Map();
    this.number = 0;
    this.worker = new Worker("worker.js", { type: "module" });
    this.ready = new Promise((done, failed) => {
      this.worker.onmessage = ({ data }) => {
        if (data.ready === undefined) this.settle(data);
        else if (data.ready) done((this.begin = data.begin)); // "memory", or "anew" in a browser that cannot
        else failed(new Error(data.error));
      };
      this.worker.onerror = () => failed(new Error("Python cannot be started in this browser"));
    });
    this.ready.catch(() => {});
  }

  settle({ id, text, error }) {
    const { done, failed, timer } = this.waiting.get(id);
    clearTimeout(timer);
    this.waiting.delete(id);
    if (error === undefined) done(JSON.parse(text));
    else failed(new Error(error));
  }

  /** The time of an answer counts from the moment when Python has started. */
  async call(call, argument) {
    await this.ready;
    return new Promise((done, failed) => {
      const id = this.number++;
      this.waiting.set(id, { done, failed, timer: setTimeout(() => this.end(), this.limit) });
      this.worker.postMessage({ id, call, argument });
    });
  }

  end() {
    this.worker.terminate();
    const given = [...this.waiting.values()];
    this.open();
    for (const { failed, timer } of given) {
      clearTimeout(timer);
      failed(new Error(`no answer within ${this.limit / 1000} s: the network is too large for this page`));
    }
  }
}

const python = new Python();
const backend = {
  ask: (question) => python.call("answer", JSON.stringify(question)),
  picture: (question) => python.call("picture", JSON.stringify(question)),
  examples: () => python.call("examples"),
  vocabulary: () => python.call("vocabulary"),
};

if ("serviceWorker" in navigator) navigator.serviceWorker.register("offline.js").catch(() => {});
