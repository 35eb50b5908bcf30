"use strict";

// What PyTorch says, where the page's server has it: started here, asked for until it is done, stopped by a button or by another.

const at = (id) => document.getElementById(id);

/** A picture as an element. Its SVG comes from the program, which escapes every text of the user. */
const drawing = (svg) => document.adoptNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement);

const measuring = {
  number: null, // of the measurement that runs

  start() {
    const here = Boolean(backend.measure);
    at("measure").hidden = !here;
    at("elsewhere").hidden = here;
    at("measure").addEventListener("submit", (event) => event.preventDefault());
    for (const button of at("measure").querySelectorAll("button")) button.addEventListener("click", () => this.begin(button.dataset.kind, button.textContent));
    at("stop").addEventListener("click", () => this.stop());
    at("close").addEventListener("click", () => {
      this.stop();
      at("measured").hidden = true;
    });
  },

  async begin(kind, title) {
    at("measured").hidden = false;
    at("measured-title").textContent = `${title.replace(/ .*/, "")}: ${at("answer").querySelector("article")?.getAttribute("aria-label") ?? ""}`;
    at("found").hidden = true;
    at("found-pictures").replaceChildren();
    this.say("starting", false);
    try {
      const wanted = { kind, batch: at("batch").valueAsNumber, train: at("train").checked, layers: at("each").checked };
      const { number } = await backend.measure(question(wanted));
      this.number = number;
      this.say("starting", true);
      await this.follow(number);
    } catch (error) {
      this.number = null;
      this.say(error.message, false);
    }
  },

  async follow(number) {
    while (this.number === number) {
      const found = await backend.measured(number);
      if (this.number !== number) return;
      if (found.state !== "running") return this.end(found);
      this.say(`${found.doing}, ${found.seconds} s`, true);
      await new Promise((done) => setTimeout(done, 300));
    }
  },

  async stop() {
    const number = this.number;
    this.number = null;
    if (number !== null) this.end(await backend.measured(number, true));
  },

  end({ text = "the server does not know this measurement", pictures = [], seconds = 0, good = false }) {
    this.number = null;
    this.say(good ? `done after ${seconds} s` : `without success after ${seconds} s`, false);
    at("found").hidden = false;
    at("found").textContent = text;
    at("found-pictures").replaceChildren(...pictures.map(drawing));
  },

  say(text, running) {
    at("doing").textContent = text;
    at("stop").hidden = !running;
  },

  /** After an edit a result is about an earlier text. */
  changed() {
    const since = "; the text has changed since";
    if (!at("found").hidden && !at("doing").textContent.endsWith(since)) at("doing").textContent += since;
  },
};
