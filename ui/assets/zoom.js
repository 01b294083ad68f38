// Pictures at full resolution, one after another, zoomed about the pointer and dragged about.
const MAX_ZOOM = 16;
const ZOOM_STEP = 1.25;

// `host` holds the dialog. Returns `show(items, index)`; an item has `draw()`, a node, and `words`.
function zoomer(host) {
  const dialog = host.querySelector("dialog.zoom");
  const stage = dialog.querySelector(".stage");
  const words = dialog.querySelector(".words");
  const level = dialog.querySelector(".level");
  let items = [];
  let here = 0;
  let at = { zoom: 1, x: 0, y: 0 };

  const place = () => {
    const room = { x: (stage.clientWidth * (at.zoom - 1)) / 2, y: (stage.clientHeight * (at.zoom - 1)) / 2 };
    at.x = Math.min(Math.max(at.x, -room.x), room.x);
    at.y = Math.min(Math.max(at.y, -room.y), room.y);
    stage.firstElementChild.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.zoom})`;
    stage.classList.toggle("zoomed", at.zoom > 1);
    level.textContent = `${Math.round(100 * at.zoom)} %`;
  };
  const zoomTo = (zoom, x = 0, y = 0) => {  // x, y: what stays where it is, from the stage's centre
    const next = Math.min(Math.max(zoom, 1), MAX_ZOOM);
    const by = next / at.zoom;
    at = { zoom: next, x: x - (x - at.x) * by, y: y - (y - at.y) * by };
    place();
  };
  const draw = () => {
    at = { zoom: 1, x: 0, y: 0 };
    stage.replaceChildren(items[here].draw());
    words.textContent = items[here].words;
    for (const [name, isThere] of [["before", here > 0], ["after", here < items.length - 1]]) {
      dialog.querySelector(`[data-do=${name}]`).disabled = !isThere;
    }
    place();
  };
  const go = (by) => {
    const next = Math.min(Math.max(here + by, 0), items.length - 1);
    if (next !== here) { here = next; draw(); }
  };
  const actions = {
    in: () => zoomTo(at.zoom * ZOOM_STEP), out: () => zoomTo(at.zoom / ZOOM_STEP), fit: () => zoomTo(1),
    before: () => go(-1), after: () => go(1), close: () => dialog.close(),
  };
  const keys = { "+": "in", "=": "in", "-": "out", 0: "fit", ArrowLeft: "before", ArrowRight: "after" };

  dialog.onclick = (event) => {
    const named = event.target.closest("[data-do]")?.dataset.do;
    if (named) actions[named]();
    else if (event.target === dialog) dialog.close();
  };
  dialog.onkeydown = (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    event.stopPropagation();
    actions[keys[event.key]]();
  };
  const fromCentre = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  stage.onwheel = (event) => {
    event.preventDefault();
    zoomTo(at.zoom * (event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP), ...fromCentre(event));
  };
  stage.ondblclick = (event) => zoomTo(at.zoom > 1 ? 1 : 4, ...fromCentre(event));
  stage.onpointerdown = (event) => {
    if (at.zoom === 1 || event.button) return;
    stage.setPointerCapture(event.pointerId);
    const from = { x: event.clientX - at.x, y: event.clientY - at.y };
    stage.onpointermove = (moved) => { at.x = moved.clientX - from.x; at.y = moved.clientY - from.y; place(); };
    stage.onpointerup = stage.onpointercancel = () => { stage.onpointermove = null; };
  };
  return (shown, index) => {
    [items, here] = [shown, index];
    if (!dialog.open) dialog.showModal();
    draw();
  };
}
