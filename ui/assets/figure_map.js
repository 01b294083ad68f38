// Figures as dots. Everything from data is set as text or as an attribute, never as HTML.
const DOT_PX = 3.4;
const NEAR_PX = 9;
const STEP_PX = 7;
const MAX_CORNERS = 60;
const SIDE = 1000;

function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

class FigureMap {
  constructor(host) {
    this.host = host;
    this.shape = "lasso";
    this.outline = [];
    this.canvas = element("canvas", { role: "img", tabindex: "-1" });
    this.tip = element("div", { class: "tip" });
    this.tools = element("div", { class: "tools", role: "group", "aria-label": "How to select" });
    this.shapes = [["lasso", "Lasso"], ["box", "Box"]].map(([shape, words]) => {
      const button = element("button", { type: "button" }, words);
      button.addEventListener("click", () => { this.shape = shape; this.updateTools(); });
      return [shape, button];
    });
    this.clear = element("button", { type: "button", class: "clear", title: "Clear the selection (escape)" }, "Clear");
    this.clear.addEventListener("click", () => this.send("cleared", true));
    this.tools.append(...this.shapes.map(([, button]) => button), this.clear);
    this.paper = element("div", { class: "paper" }, this.canvas, this.tip);
    this.legend = element("ul", { class: "legend", "aria-label": "Classes" });
    host.replaceChildren(this.tools, this.paper, this.legend);
    for (const [name, deed] of [["pointerdown", "begin"], ["pointermove", "move"], ["pointerup", "end"], ["pointerleave", "leave"]]) {
      this.canvas.addEventListener(name, (event) => this[deed](event));
    }
    new ResizeObserver(() => this.draw()).observe(this.paper);
    const onKey = (event) => {
      if (!host.isConnected) document.removeEventListener("keydown", onKey);
      else if (event.key === "Escape" && this.data.chosen.length) this.send("cleared", true);
    };
    document.addEventListener("keydown", onKey);
  }

  take(data, send) {
    this.data = data;
    this.send = send;
    this.chosen = new Set(data.chosen);
    this.outline = data.area.map(([x, y]) => [x / SIDE, y / SIDE]);
    const n = data.chosen.length;
    this.canvas.setAttribute("aria-label",
      `Map of ${data.dots.length} figures in ${data.classes.length} classes${n ? `, ${n} selected` : ""}; pick a class below to select without a pointer`);
    this.updateTools();
    this.updateLegend();
    this.draw();
  }

  updateTools() {
    for (const [shape, button] of this.shapes) button.setAttribute("aria-pressed", String(shape === this.shape));
    this.clear.disabled = !this.data.chosen.length && !this.data.area.length && !this.data.picked;
  }

  updateLegend() {
    const focused = [...this.legend.querySelectorAll("button")].indexOf(this.host.getRootNode().activeElement);
    this.legend.replaceChildren(...this.data.classes.map(({ code, name, colour, n }) => {
      const dot = element("i", {});
      dot.style.background = colour;
      const words = element("span", {}, `${code} ${name}`.trim());
      const button = element("button", { type: "button", "aria-pressed": String(!!code && code === this.data.picked) }, dot, words, element("small", {}, n.toLocaleString("en")));
      button.disabled = !code;
      button.addEventListener("click", () => this.send("picked", code));
      return element("li", {}, button);
    }));
    if (focused >= 0) this.legend.querySelectorAll("button")[focused]?.focus();
  }

  // The map is a square in the middle of the paper.
  get square() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const side = Math.min(width, height) * 0.94;
    return { side, left: (width - side) / 2, top: (height - side) / 2 };
  }

  toPixels([x, y]) {
    const { side, left, top } = this.square;
    return [left + x * side, top + y * side];
  }

  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  draw() {
    if (!this.data || !this.canvas.clientWidth) return;
    const sharpness = window.devicePixelRatio || 1;
    this.canvas.width = this.canvas.clientWidth * sharpness;
    this.canvas.height = this.canvas.clientHeight * sharpness;
    const pen = this.canvas.getContext("2d");
    pen.scale(sharpness, sharpness);
    const hasChosen = this.chosen.size > 0;
    const order = this.data.dots.filter(([id]) => !this.chosen.has(id)).concat(this.data.dots.filter(([id]) => this.chosen.has(id)));
    const size = DOT_PX * Math.min(1.5, Math.max(0.8, Math.sqrt(1200 / order.length)));
    for (const [id, x, y, kind] of order) {
      const isChosen = this.chosen.has(id);
      const [left, top] = this.toPixels([x, y]);
      pen.globalAlpha = hasChosen && !isChosen ? 0.22 : 0.88;
      pen.fillStyle = this.data.classes[kind].colour;
      pen.beginPath();
      pen.arc(left, top, isChosen ? size * 1.3 : size, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.globalAlpha = 1;
    if (this.outline.length > 1) this.drawOutline(pen);
    this.host.dataset.drawn = String(order.length);
  }

  drawOutline(pen) {
    pen.beginPath();
    this.outline.map((corner) => this.toPixels(corner)).forEach(([x, y], n) => (n ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.fillStyle = "rgb(36 35 31 / 6%)";
    pen.fill();
    pen.setLineDash([5, 4]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#24231f";
    pen.stroke();
  }

  begin(event) {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.path = [this.placeOf(event)];
    this.tip.classList.remove("shown");
  }

  move(event) {
    const here = this.placeOf(event);
    if (!this.path) {
      this.hover(here);
      return;
    }
    const last = this.path.at(-1);
    if (this.shape === "box") this.path = [this.path[0], here];
    else if (Math.hypot(here[0] - last[0], here[1] - last[1]) >= STEP_PX) this.path.push(here);
    this.outline = this.corners();
    this.draw();
  }

  // What was drawn, in shares of the map's side.
  corners() {
    const { side, left, top } = this.square;
    const [first, last] = [this.path[0], this.path.at(-1)];
    const path = this.shape === "box" ? [first, [last[0], first[1]], last, [first[0], last[1]]] : this.path;
    return path.map(([x, y]) => [Math.min(1, Math.max(0, (x - left) / side)), Math.min(1, Math.max(0, (y - top) / side))]);
  }

  end() {
    if (!this.path) return;
    const isDrawn = this.path.length > (this.shape === "box" ? 1 : 2);
    const corners = isDrawn ? this.corners() : [];
    this.path = null;
    if (!isDrawn) return;
    const every = Math.ceil(corners.length / MAX_CORNERS);
    this.send("area", corners.filter((_, n) => n % every === 0).map((corner) => corner.map((share) => Math.round(share * SIDE))));
  }

  leave() {
    if (!this.path) this.tip.classList.remove("shown");
  }

  hover([x, y]) {
    let best = null;
    let nearest = NEAR_PX;
    this.data.dots.forEach((dot, n) => {
      const [left, top] = this.toPixels([dot[1], dot[2]]);
      const distance = Math.hypot(left - x, top - y);
      if (distance < nearest) [best, nearest] = [n, distance];
    });
    this.tip.classList.toggle("shown", best !== null);
    if (best === null || this.tip.dataset.n === String(best)) return;
    this.tip.dataset.n = String(best);
    const { code, name } = this.data.classes[this.data.dots[best][3]];
    const image = element("img", { alt: "", src: this.data.thumbnails + this.data.pictures[best] });
    this.tip.replaceChildren(image, element("b", {}, this.data.titles[best]), element("small", {}, `${code} ${name}`.trim()));
    const [left, top] = this.toPixels([this.data.dots[best][1], this.data.dots[best][2]]);
    this.tip.style.left = `${left > this.canvas.clientWidth / 2 ? left - 178 : left + 14}px`;
    this.tip.style.top = `${Math.min(Math.max(6, top - 70), this.canvas.clientHeight - 216)}px`;
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const host = parentElement.querySelector(".map");
  const map = (host.limnMap ??= new FigureMap(host));
  map.take(data, setTriggerValue);
  parentElement.host.dataset.inPlace = "";
}
