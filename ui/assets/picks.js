// Which designs are ticked to be compared; kept by the host, so that a rerun forgets none.
class Picks {
  constructor(host) {
    this.ids = (host.limnPicked ??= new Set());
    this.words = element("span", {});
    this.go = element("button", { type: "button", class: "go" }, "Compare");
    this.go.addEventListener("click", () => host.limn.trigger("compared", [...this.ids]));
    const clear = element("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => { this.ids.clear(); this.update(); });
    this.bar = element("div", { class: "picked", role: "status" }, this.words, this.go, clear);
    this.boxes = [];
  }

  box(hit) {
    const box = element("input", { type: "checkbox", "aria-label": `Compare ${hit.title || hit.id}` });
    box.addEventListener("change", () => {
      if (box.checked) this.ids.add(hit.id);
      else this.ids.delete(hit.id);
      this.update();
    });
    this.boxes.push([box, hit.id]);
    return element("label", { class: "pick" }, box, "Compare");
  }

  update() {
    for (const [box, id] of this.boxes) box.checked = this.ids.has(id);
    const n = this.ids.size;
    this.words.textContent = `${n} design${n === 1 ? "" : "s"} to compare`;
    this.bar.hidden = !n;
  }
}
