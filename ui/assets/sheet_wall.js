// Sheets of one publication as filed, each figure framed. Everything from data is set as text or attribute.
const SVG = "http://www.w3.org/2000/svg";

function drawing(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

// The sheet turned upright: its corner is moved to where a turn by so many degrees leaves it.
function upright(sheet, src) {
  const { width, height, rotation } = sheet;
  const isAcross = rotation % 180 !== 0;
  const [w, h] = isAcross ? [height, width] : [width, height];
  const moved = { 0: [0, 0], 90: [w, 0], 180: [w, h], 270: [0, h] }[rotation];
  return drawing("svg", { viewBox: `0 0 ${w} ${h}`, role: "group", "aria-label": sheet.alt },
    drawing("image", { href: src, width, height, preserveAspectRatio: "none",
      transform: `translate(${moved.join(" ")}) rotate(${rotation})` }));
}

function frame(figure, choose) {
  const title = drawing("title", {});
  title.textContent = figure.searchable ? `Search with ${figure.title}` : figure.title;
  const box = drawing("rect", { class: "frame", x: figure.x, y: figure.y, width: figure.width, height: figure.height }, title);
  if (!figure.searchable) return box;
  box.setAttribute("tabindex", "0");
  box.setAttribute("role", "button");
  box.setAttribute("aria-label", title.textContent);
  box.addEventListener("click", (event) => { event.stopPropagation(); choose(figure.id); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(figure.id); }
  });
  return box;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const wall = parentElement.querySelector(".wall");
  const show = zoomer(parentElement);
  wall.setAttribute("aria-label", data.label);
  const items = data.sheets.map((sheet) => ({ draw: () => upright(sheet, sheet.full_src), words: sheet.title }));
  wall.replaceChildren(...data.sheets.map((sheet, position) => {
    const picture = upright(sheet, sheet.src);
    picture.append(...sheet.figures.map((figure) => frame(figure, (id) => setTriggerValue("chosen", id))));
    const paper = document.createElement("div");
    paper.className = "paper";
    paper.append(picture);
    paper.addEventListener("click", () => show(items, position));
    const line = document.createElement("p");
    line.className = "line";
    const title = document.createElement("b");
    title.textContent = sheet.title;
    const open = document.createElement("button");
    open.type = "button";
    open.className = "search";
    open.textContent = "Enlarge";
    open.setAttribute("aria-label", `Enlarge ${sheet.title}`);
    open.addEventListener("click", () => show(items, position));
    line.append(title, open);
    const item = document.createElement("li");
    item.className = "tile sheet";
    item.append(paper, line);
    return item;
  }));
  parentElement.host.dataset.inPlace = "";
}
