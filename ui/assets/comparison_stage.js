// The stage: what is looked at and how. Everything from data is set as text or as an attribute.
const MODES = [
  ["sides", "Side by side"], ["overlay", "Overlay"], ["blink", "Blink"], ["difference", "Difference"],
];
const BLINK_MS = 650;
const SLIDERS = {
  overlay: { words: "Fade", low: "query", high: "design", min: 0, max: 100, usual: 50, unit: "%" },
  difference: { words: "Tolerance", low: "strict", high: "loose", min: 0.2, max: 3, usual: 0.8, unit: "% of the width" },
};
const FIRST_LOOK = { zoom: 1, x: 0, y: 0 };

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function thumbnail(view) {
  const image = element("img", { src: view.src, alt: view.alt, loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.classList.add("broken"), { once: true });
  return element("span", { class: "paper" }, image);
}

const named = (view) => (view.note ? `${view.name}, ${view.note}` : view.name);

class Stage {
  constructor(host) {
    this.host = host;
    this.sliders = { overlay: SLIDERS.overlay.usual, difference: SLIDERS.difference.usual };
    this.inks = new Map();
    this.look = { ...FIRST_LOOK };
    this.isSecond = false;
    this.isPaused = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.sent = [];
    // Reruns take listeners away for a moment; a key pressed then would be lost.
    const onKey = (event) => (host.isConnected ? this.onKey(event) : document.removeEventListener("keydown", onKey));
    document.addEventListener("keydown", onKey);
  }

  // Called at every rerun of the page; draws anew only what changed.
  take(data, send) {
    this.send = send;
    const { shown, ...drawn } = data;
    const content = JSON.stringify(drawn);
    if (content !== this.content) {
      this.sent = [];
      this.content = content;
      this.data = data;
      const hadFocus = this.pairList?.contains(this.host.getRootNode().activeElement);
      this.adopt(shown);
      this.build();
      if (hadFocus) this.pairList.querySelector("[aria-current='true']").focus({ preventScroll: true });
    } else if (!this.sent.includes(JSON.stringify(shown))) {
      this.adopt(shown);
      this.update();
    }
    if (JSON.stringify(shown) === this.sent.at(-1)) this.sent = [];
  }

  adopt(shown) {
    this.pair = this.data.pairs.find((pair) => pair.id === shown.pair) || this.data.pairs[0];
    this.mode = shown.mode;
    this.laid = shown.laid;
  }

  get way() {
    return this.pair.ways.find((way) => way.laid === this.laid) || this.pair.ways[0] || null;
  }

  get shownMode() {
    return this.way ? this.mode : "sides";
  }

  tell(pair) {
    const best = this.data.pairs[0];
    const looked = {
      pair: pair || (this.pair === best ? "" : this.pair.id),
      mode: this.mode,
      laid: pair ? "" : this.laid,
    };
    this.sent.push(JSON.stringify(looked));
    this.send("looked", looked);
  }

  choose(pair) {
    if (pair === this.pair) return;
    this.pair = pair;
    this.laid = "";
    this.look = { ...FIRST_LOOK };
    this.update();
    this.tell();
  }

  setMode(mode) {
    if (!this.way || mode === this.mode) return;
    this.mode = mode;
    this.update();
    this.tell();
  }

  lay(isMirrored, turns) {
    const way = this.pair.ways.find(
      (one) => one.is_mirrored === isMirrored && one.n_quarter_turns === (turns + 4) % 4);
    if (!way) return;
    this.laid = way === this.pair.ways[0] ? "" : way.laid;
    this.update();
    this.tell();
  }

  mirror() { if (this.way) this.lay(!this.way.is_mirrored, -this.way.n_quarter_turns); }

  turn() { if (this.way) this.lay(this.way.is_mirrored, this.way.n_quarter_turns - 1); }

  step(by) {
    const at = this.data.pairs.indexOf(this.pair) + by;
    if (at >= 0 && at < this.data.pairs.length) {
      this.choose(this.data.pairs[at]);
      this.pairList.querySelector("[aria-current='true']").scrollIntoView({ block: "nearest" });
    }
  }

  zoomBy(factor) {
    const zoom = Math.min(8, Math.max(1, this.look.zoom * factor));
    const share = zoom / this.look.zoom;
    this.look = zoom === 1 ? { ...FIRST_LOOK } : { zoom, x: this.look.x * share, y: this.look.y * share };
    this.draw();
  }

  build() {
    this.modeButtons = MODES.map(([mode, words], n) => element(
      "button", { type: "button", "data-mode": mode, title: `${words} (key ${n + 1})`, onclick: () => this.setMode(mode) }, words));
    this.range = element("input", { type: "range", "aria-label": "Fade" });
    this.range.addEventListener("input", () => {
      this.sliders[this.shownMode] = Number(this.range.value);
      this.draw();
    });
    this.rangeWords = element("span", {});
    this.rangeLow = element("small", {});
    this.rangeHigh = element("small", {});
    this.slider = element("label", { class: "slider" }, this.rangeWords, this.rangeLow, this.range, this.rangeHigh);
    this.pause = element("button", { type: "button", class: "pause", title: "Pause (space); swap by hand (x)", onclick: () => this.setPaused(!this.isPaused) });
    this.laidWords = element("output", { "aria-live": "polite" });
    this.layButtons = [
      element("button", { type: "button", title: "Mirror the design (key m)", onclick: () => this.mirror() }, "Mirror"),
      element("button", { type: "button", title: "Turn the design a quarter to the right (key t)", onclick: () => this.turn() }, "Turn"),
    ];
    const zoom = [["−", "Smaller (key -)", 1 / 1.5], ["+", "Larger (key +)", 1.5]].map(([sign, words, factor]) =>
      element("button", { type: "button", title: words, "aria-label": words, onclick: () => this.zoomBy(factor) }, sign));
    const bar = element("div", { class: "bar" },
      element("div", { class: "modes", role: "group", "aria-label": "How to compare" }, ...this.modeButtons),
      element("div", { class: "tuning" }, this.slider, this.pause),
      element("div", { class: "laying", role: "group", "aria-label": "How the design is laid" }, this.laidWords, ...this.layButtons, ...zoom));
    this.canvases = [0, 1].map(() => this.canvas());
    this.papers = this.canvases.map((canvas) => {
      const label = element("figcaption", {});
      const paper = element("figure", { class: "sheet" }, canvas, element("i", { class: "cross" }), label);
      return { paper, canvas, label };
    });
    this.message = element("p", { class: "message", role: "status" });
    this.stage = element("div", { class: "stage" }, ...this.papers.map(({ paper }) => paper), this.message);
    this.legend = element("p", { class: "legend" });
    this.pairList = element("div", { class: "pairs" });
    this.host.replaceChildren(bar, element("div", { class: "main" }, element("div", { class: "left" }, this.stage, this.legend), this.pairList));
    this.observer?.disconnect();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.stage);
    this.update();
  }

  canvas() {
    const canvas = element("canvas", { role: "img" });
    canvas.addEventListener("pointermove", (event) => this.point(event, canvas));
    canvas.addEventListener("pointerleave", () => this.stage.classList.remove("pointed"));
    canvas.addEventListener("pointerdown", (event) => {
      if (this.look.zoom > 1) canvas.setPointerCapture(event.pointerId);
    });
    return canvas;
  }

  // A cross at the same place of both drawings; with the button held, an enlarged one is moved.
  point(event, canvas) {
    const { width, height, left, top } = canvas.getBoundingClientRect();
    this.stage.classList.add("pointed");
    this.stage.style.setProperty("--across", `${(100 * (event.clientX - left)) / width}%`);
    this.stage.style.setProperty("--down", `${(100 * (event.clientY - top)) / height}%`);
    if (event.buttons && this.look.zoom > 1) {
      this.look.x += event.movementX / width;
      this.look.y += event.movementY / height;
      this.draw();
    }
  }

  update() {
    const mode = this.shownMode;
    for (const button of this.modeButtons) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      button.disabled = !this.way && button.dataset.mode !== "sides";
    }
    for (const button of this.layButtons) button.disabled = !this.way;
    this.laidWords.textContent = this.way ? `Laid ${this.way.words}` : "";
    this.host.dataset.mode = mode;
    this.updateSlider(SLIDERS[mode]);
    this.updateLabels();
    this.updatePairs();
    this.setPaused(this.isPaused);
    this.load();
  }

  updateSlider(slider) {
    if (!slider) return;
    Object.assign(this.range, { min: slider.min, max: slider.max, step: (slider.max - slider.min) / 100 });
    this.range.value = this.sliders[this.shownMode];
    this.range.setAttribute("aria-label", `${slider.words}, ${slider.unit}`);
    [this.rangeWords.textContent, this.rangeLow.textContent, this.rangeHigh.textContent] = [slider.words, slider.low, slider.high];
  }

  updateLabels() {
    const { query, figure } = this.pair;
    const names = [[this.data.query.name, query], [this.data.design.name, figure]];
    names.forEach(([name, view], n) => {
      this.papers[n].label.replaceChildren(element("b", {}, name), ` ${named(view)}`);
      this.papers[n].canvas.setAttribute("aria-label", view.alt);
    });
    if (this.shownMode !== "sides") {
      const words = MODES.find(([mode]) => mode === this.shownMode)[1];
      this.papers[0].canvas.setAttribute("aria-label", `${words} of ${query.alt} and ${figure.alt}`);
    }
    const key = (kind, words) => element("span", { class: `key ${kind}` }, element("i", {}), words);
    const only = this.shownMode === "difference" ? "only in " : "";
    this.legend.replaceChildren(
      key("query", `${only}${this.data.query.name}, ${named(query)}`),
      key("design", `${only}${this.data.design.name}, ${named(figure)}`),
      ...(this.shownMode === "difference" ? [key("shared", "in both")] : []),
      ...(this.shownMode === "overlay" ? [key("both", "where lines meet")] : []),
    );
  }

  updatePairs() {
    const rows = this.data.pairs.map((pair) => {
      const value = pair.similarity || "by hand";
      return element("li", {}, element("button", {
        type: "button", class: "pair", "aria-current": String(pair === this.pair),
        "aria-label": `Compare ${named(pair.query)} with ${named(pair.figure)}, ${pair.similarity ? "likeness" : "paired"} ${value}`,
        onclick: () => this.choose(pair),
      }, thumbnail(pair.query), thumbnail(pair.figure),
      element("span", { class: "names" }, element("span", {}, named(pair.query)), element("span", {}, named(pair.figure))),
      element("span", { class: "value" }, value)));
    });
    const alone = (side, toPair, other) => side.unpaired.length && element("section", {},
      element("h3", {}, `${side.name}: no partner left`),
      element("ul", { class: "alone" }, ...side.unpaired.map(([name, view]) => element("li", {}, element("button", {
        type: "button", title: `Compare ${named(view)} with ${other.name}`, onclick: () => this.tell(toPair(name)),
      }, thumbnail(view), element("span", {}, view.name))))));
    const list = element("ol", {}, ...rows);
    const scroll = this.pairList.scrollTop;
    const hadFocus = this.pairList.contains(this.host.getRootNode().activeElement);
    this.pairList.replaceChildren(...[
      element("h3", {}, `Best pairing of views`), list,
      alone(this.data.design, (name) => `${this.pair.view + 1}:${name}`, this.pair.query),
      alone(this.data.query, (name) => `${name}:${this.pair.figure.id}`, this.pair.figure),
    ].filter(Boolean));
    this.pairList.scrollTop = scroll;
    if (hadFocus) this.pairList.querySelector("[aria-current='true']").focus({ preventScroll: true });
  }

  // Draws at once what is loaded; what comes late for a pair that was left is dropped.
  async load() {
    const { query, figure } = this.pair;
    const wanted = `${query.full_src} ${figure.full_src} ${this.way?.laid}`;
    if (wanted === this.wanted) {
      this.draw();
      return;
    }
    this.wanted = wanted;
    this.drawings = null;
    try {
      const [one, other] = await Promise.all([this.ink(query, null), this.ink(figure, this.way)]);
      if (this.wanted !== wanted) return;
      this.drawings = [
        { ink: one, place: placed(one, null) },
        { ink: other, place: placed(other, this.way) },
      ];
      this.message.textContent = "";
      this.draw();
    } catch (error) {
      if (this.wanted === wanted) this.message.textContent = `${error.message}; it cannot be compared.`;
    }
  }

  ink(view, way) {
    const key = `${view.full_src} ${way?.is_mirrored} ${way?.n_quarter_turns}`;
    if (!this.inks.has(key)) {
      if (this.inks.size > 12) this.inks.delete(this.inks.keys().next().value);
      this.inks.set(key, loadPicture(view).then((image) => inkOf(image, way)));
    }
    return this.inks.get(key);
  }

  draw() {
    if (!this.drawings) return;
    const sharpness = window.devicePixelRatio || 1;
    for (const { canvas } of this.papers) {
      canvas.width = canvas.clientWidth * sharpness;
      canvas.height = canvas.clientHeight * sharpness;
    }
    const [query, design] = this.drawings;
    const [first, second] = this.canvases;
    const frame = frameAround(this.drawings);
    const mode = this.shownMode;
    if (mode === "overlay") drawOverlay(first, frame, this.look, query, design, this.sliders.overlay / 100);
    if (mode === "difference") drawDifference(first, frame, this.look, query, design, this.sliders.difference / 100);
    if (mode === "blink") drawAlone(first, frame, this.look, this.isSecond ? design : query, BOTH_INK);
    if (mode === "sides") {
      drawAlone(first, this.way ? frame : frameAround([query]), this.look, query, BOTH_INK);
      drawAlone(second, this.way ? frame : frameAround([design]), this.look, design, BOTH_INK);
    }
    this.host.dataset.side = this.isSecond ? "design" : "query";
    this.host.dataset.drawn = `${this.pair.id} ${mode}`;
  }

  swap() {
    if (!this.host.isConnected) clearInterval(this.clock);
    this.isSecond = !this.isSecond;
    this.draw();
  }

  setPaused(isPaused) {
    this.isPaused = isPaused;
    clearInterval(this.clock);
    this.pause.textContent = isPaused ? "Go on" : "Pause";
    if (this.shownMode === "blink" && !isPaused) this.clock = setInterval(() => this.swap(), BLINK_MS);
  }

  onKey(event) {
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && target.matches("input:not([type=range]), textarea, select, [contenteditable]")) return;
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const isBlink = this.shownMode === "blink";
    const deeds = {
      1: () => this.setMode("sides"), 2: () => this.setMode("overlay"),
      3: () => this.setMode("blink"), 4: () => this.setMode("difference"),
      b: () => this.setMode(isBlink ? "overlay" : "blink"),
      j: () => this.step(1), k: () => this.step(-1), m: () => this.mirror(), t: () => this.turn(),
      "+": () => this.zoomBy(1.5), "-": () => this.zoomBy(1 / 1.5), 0: () => this.zoomBy(0),
      ...(isBlink ? { x: () => { this.setPaused(true); this.swap(); } } : {}),
      ...(isBlink && !(target instanceof HTMLButtonElement) ? { " ": () => this.setPaused(!this.isPaused) } : {}),
    };
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const host = parentElement.querySelector(".wrap");
  const stage = (host.limnStage ??= new Stage(host));
  stage.take(data, setTriggerValue);
  parentElement.host.dataset.inPlace = "";
}
