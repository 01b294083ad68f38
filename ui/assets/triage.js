// Triage by keyboard: walk the cards, look at one, mark it, open it. `host.limn` holds what the last
// drawing of the gallery gave: its data and the way to tell the server.
const MARKS = [["relevant", "r", "Relevant"], ["not", "n", "Not relevant"], ["later", "l", "Later"]];
const KEYS = [
  ["j  k", "next, previous publication"],
  ["space", "look at it beside the query"],
  ["r  n  l", "mark it relevant, not relevant, for later; then the next"],
  ["c", "tick it to be compared, or no more"],
  ["enter", "open it"],
  ["esc", "close what is open"],
  ["?", "these keys"],
];

const isTyping = (target) =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

const cardsOf = (host) => [...host.querySelectorAll(".card")];

function currentCard(host) {
  const active = host.getRootNode().activeElement;
  return cardsOf(host).find((card) => card.contains(active) || card.dataset.publication === host.dataset.peeked);
}

function goTo(host, card) {
  card.querySelector("a[data-open]").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function step(host, by) {
  const cards = cardsOf(host);
  if (!cards.length) return;
  const next = cards.indexOf(currentCard(host)) + by;
  const card = cards[Math.min(Math.max(next, 0), cards.length - 1)];
  if (host.dataset.peeked) look(host, card);
  else goTo(host, card);
}

function mark(host, card, kind, advance) {
  for (const button of card.querySelectorAll("[data-mark]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mark === kind));
  }
  host.limnMarks.add(card.dataset.publication, kind);
  host.limn.trigger();
  if (advance) step(host, 1);
}

// Marks on their way. Of two messages of a component that come while a page is being drawn the
// server reads the last one alone; so every message carries all marks it has not said it has.
class Marks {
  constructor() {
    this.client = `${Date.now()}-${Math.random()}`;
    this.last = 0;
    this.waiting = [];
  }

  add(id, kind) {
    this.waiting.push({ number: ++this.last, id, mark: kind });
  }

  // The server has all marks of this client up to a number.
  taken(client, number) {
    if (client === this.client) this.waiting = this.waiting.filter((each) => each.number > number);
  }

  kindOf(hit) {
    return this.waiting.findLast((each) => each.id === hit.id)?.mark ?? hit.mark?.kind;
  }

  send(trigger) {
    if (this.waiting.length) trigger("marked", { client: this.client, marks: this.waiting });
  }
}

function dialogOf(host, kind, label) {
  const known = host.parentNode.querySelector(`dialog.${kind}`);
  if (known) return known;
  const dialog = element("dialog", { class: kind, "aria-label": label });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  host.parentNode.append(dialog);
  return dialog;
}

const framed = ({ src, alt }, words) => element(
  "figure", {}, element("div", { class: "paper" }, picture(src, alt)), element("figcaption", {}, words),
);

// A card's best figure at full size, beside the drawings of the query.
function look(host, card) {
  const hit = host.limn.data.hits.find((each) => each.id === card.dataset.publication);
  const dialog = dialogOf(host, "peek", "A closer look");
  host.dataset.peeked = hit.id;
  dialog.onclose = () => {
    delete host.dataset.peeked;
    goTo(host, cardsOf(host).find((each) => each.dataset.publication === hit.id) ?? card);
  };
  const queries = host.limn.data.queries.map((query) => framed(query, query.alt));
  dialog.replaceChildren(
    element("h2", {}, hit.score ? `${hit.rank}  ${hit.title}` : hit.title),
    element("p", { class: "facts" }, hit.facts.map((line) => line.join(" ")).join(" · ")),
    element("div", { class: `pair${queries.length ? "" : " alone"}` },
      queries.length ? element("div", { class: "asked" }, ...queries) : null,
      framed({ src: hit.best.full, alt: hit.best.alt }, hit.best.caption)),
    element("p", { class: "keys-line" }, host.limn.data.can_mark
      ? "j k walk · r relevant · n not · l later · enter open · space close" : "j k walk · enter open · space close"),
  );
  if (!dialog.open) dialog.showModal();
}

function showKeys(host) {
  const dialog = dialogOf(host, "keys", "Keys");
  const rows = KEYS.flatMap(([key, words]) => [element("dt", {}, key), element("dd", {}, words)]);
  const close = element("button", { type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  dialog.replaceChildren(element("h2", {}, "Keys"), element("dl", {}, ...rows), close);
  if (!dialog.open) dialog.showModal();
}

function onTriageKey(host, event) {
  const target = event.composedPath()[0];
  if (isTyping(target) || event.metaKey || event.ctrlKey || event.altKey) return;
  const onButton = target instanceof HTMLElement && target.matches("button, summary, input, [role=button]");
  const card = currentCard(host);
  const kind = MARKS.find(([, key]) => key === event.key)?.[0];
  if (event.key === "?") showKeys(host);
  else if (event.key === "j") step(host, 1);
  else if (event.key === "k") step(host, -1);
  else if (card && kind && host.limn.data.can_mark) mark(host, card, kind, true);
  else if (card && event.key === "c") card.querySelector(".pick input").click();
  else if (card && event.key === " " && !onButton) {
    if (host.dataset.peeked) dialogOf(host, "peek").close();
    else look(host, card);
  } else if (host.dataset.peeked && event.key === "Enter") host.limn.trigger("opened", host.dataset.peeked);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();  // Streamlit has keys of its own: r runs the page again
}
