// Figures of one publication. Everything from data is set as text or as an attribute.
export default function ({ parentElement, data, setTriggerValue }) {
  const wall = parentElement.querySelector(".wall");
  const show = zoomer(parentElement);
  wall.setAttribute("aria-label", data.label);
  const large = (tile) => {
    const image = document.createElement("img");
    image.alt = tile.alt;
    image.draggable = false;
    image.src = tile.full_src;
    return image;
  };
  const items = data.tiles.map((tile) => (
    { draw: () => large(tile), words: [tile.title, tile.caption].filter(Boolean).join(": ") }));

  wall.replaceChildren(...data.tiles.map((tile, position) => {
    const item = document.createElement("li");
    item.className = "tile";
    const paper = document.createElement("button");
    paper.type = "button";
    paper.className = "paper";
    paper.title = "Enlarge";
    const image = document.createElement("img");
    image.alt = tile.alt;
    image.loading = position < 8 ? "eager" : "lazy";
    image.addEventListener("error", () => image.classList.add("broken"), { once: true });
    image.src = tile.src;
    paper.append(image);
    paper.addEventListener("click", () => show(items, position));
    const line = document.createElement("p");
    line.className = "line";
    const title = document.createElement("b");
    title.textContent = tile.title;
    const note = document.createElement("span");
    note.textContent = tile.note;
    line.append(title, note);
    item.append(paper, line);
    if (tile.caption) {
      const caption = document.createElement("p");
      caption.className = "caption";
      caption.textContent = tile.caption;
      item.append(caption);
    }
    if (tile.searchable) {
      const search = document.createElement("button");
      search.type = "button";
      search.className = "search";
      search.textContent = "Search with this figure";
      search.setAttribute("aria-label", `Search with ${tile.title}`);
      search.addEventListener("click", () => setTriggerValue("chosen", tile.id));
      item.append(search);
    }
    return item;
  }));
  parentElement.host.dataset.inPlace = "";
}
