const SEND_AGAIN_MS = 5000;  // a message may be lost with its connection
const LEFT_ALONE_MS = 2000;

// Result cards. Everything from data is set as text or as an attribute, never as HTML.
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function picture(src, alt) {
  const image = element("img", { src, alt, decoding: "async" });
  image.addEventListener("error", () => image.classList.add("broken"), { once: true });
  return image;
}

// A picture that is asked for by `showInOrder`.
function laterPicture(src, alt) {
  const image = picture(null, alt);
  image.dataset.src = src;
  return image;
}

// Pictures in sight are asked for first; those a screen further down once somebody scrolls, or has left
// the page alone for a while: until then what is in sight, or the next click, would wait among them.
function showInOrder(images) {
  const watches = [];
  const watch = (scrollMargin) => {
    const watching = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watching.unobserve(target);
        if (!target.hasAttribute("src")) target.setAttribute("src", target.dataset.src);
      }
    }, { scrollMargin });
    images.filter((image) => !image.hasAttribute("src")).forEach((image) => watching.observe(image));
    watches.push(watching);
  };
  const stopWaiting = () => {
    clearTimeout(waiting);
    window.removeEventListener("scroll", watchFurther, true);
  };
  const watchFurther = () => {
    stopWaiting();
    watch("100% 0px");
  };
  const waiting = setTimeout(watchFurther, LEFT_ALONE_MS);
  window.addEventListener("scroll", watchFurther, true);
  watch("0px");
  return () => {
    stopWaiting();
    watches.forEach((each) => each.disconnect());
  };
}

const isPlainClick = (event) =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

const opening = (id, trigger) => (event) => {
  if (!isPlainClick(event)) return;
  event.preventDefault();
  trigger("opened", id);
};

function card(hit, host, picks) {
  const { data, trigger } = host.limn;
  const open = opening(hit.id, trigger);
  const link = element("a", { href: hit.href, "data-open": "" }, hit.title);
  link.addEventListener("click", open);
  const best = element(
    "a",
    { class: "paper best", href: hit.href, tabindex: "-1" },
    laterPicture(hit.best.src, hit.best.alt),
  );
  best.addEventListener("click", open);

  const likes = element("div", { class: "likes" });
  for (const [name, sign, words] of hit.best.id ? [["more", "+", "More like this"], ["less", "−", "Less like this"]] : []) {
    const button = element("button", { type: "button", title: `${words}: add this figure to the search` },
      `${sign} ${words}`);
    button.addEventListener("click", () => trigger(name, hit.best.id));
    likes.append(button);
  }

  const marks = element("div", { class: "marks", role: "group", "aria-label": `Mark ${hit.id}` });
  for (const [kind, key, words] of data.can_mark ? MARKS : []) {
    const button = element("button", {
      type: "button", class: `mark-${kind}`, "data-mark": kind, title: `${words} (${key})`,
      "aria-pressed": String(host.limnMarks.kindOf(hit) === kind),
    }, words);
    button.addEventListener("click", () => mark(host, button.closest(".card"), kind, false));
    marks.append(button);
  }

  const regions = hit.best.regions_href && element(
    "a",
    { class: "regions", href: hit.best.regions_href, title: hit.best.regions_title, target: "_blank", rel: "noopener" },
    "Similar regions",
  );

  const facts = hit.facts.map((line) => element("p", { class: "facts", title: line.join(" ") },
    element("b", {}, line[0]), line[1] ? ` ${line[1]}` : ""));
  const strip = element("ul", { class: "strip", "aria-label": `Views of ${hit.id}` });
  for (const view of hit.views) {
    const button = element(
      "button",
      {
        class: `paper view${view.matched ? " matched" : ""}`,
        type: "button",
        title: `${view.alt}. Search with this figure`,
      },
      laterPicture(view.src, view.alt),
    );
    button.addEventListener("click", () => trigger("chosen", view.id));
    strip.append(element("li", {}, button));
  }
  if (hit.n_more) {
    strip.append(element("li", { class: "more", title: `${hit.n_more} more views` }, `+${hit.n_more}`));
  }

  const twins = element("p", { class: "twins" }, ...hit.twins.flatMap((twin, n) => {
    const twinLink = element("a", { href: twin.href }, twin.number);
    twinLink.addEventListener("click", opening(twin.id, trigger));
    return [n ? "; " : "Also published as ", twinLink, ` (${twin.reason})`];
  }));

  const marked = hit.mark && element(
    "p", { class: "mark" },
    element("b", { class: `mark-${hit.mark.kind}` }, `Marked ${hit.mark.words}`), ` by ${hit.mark.signed}`,
  );

  const head = element("div", { class: "head" }, element("h3", { class: "title" }, link));
  if (hit.score) {
    const meter = element("div", { class: "meter" }, element("span", { style: `width:${hit.percent}%` }));
    head.prepend(element("span", { class: "rank" }, String(hit.rank)));
    head.append(element("div", { class: "score", title: hit.score_title }, hit.score, meter));
  }
  return element(
    "li", { class: "card", "data-publication": hit.id },
    element("div", {}, best, element("p", { class: "best-caption" }, hit.best.caption), likes,
      element("div", { class: "looks" }, picks.box(hit), regions || null)),
    element("div", { class: "body" }, head, ...facts, hit.twins.length ? twins : null, marked, strip, data.can_mark ? marks : null),
  );
}

function drawn(data, host, picks) {
  const list = element("ol", { class: `gallery ${data.layout}`, "aria-label": data.label });
  data.hits.forEach((hit) => {
    if (hit.id === data.weak_id) list.append(element("li", { class: "weak", role: "note" }, data.weak_words));
    list.append(card(hit, host, picks));
  });
  return list;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const host = parentElement.querySelector(".wrap");
  window.limnMarks ??= new Marks();  // outlive the gallery, should the page hang another one
  host.limnMarks = window.limnMarks;
  host.limnMarks.taken(data.taken_of, data.taken);
  let again;
  const trigger = (name, value) => {
    if (data.can_mark) host.limnMarks.send(setTriggerValue);
    if (name) setTriggerValue(name, value);
    clearTimeout(again);
    if (data.can_mark && host.limnMarks.waiting.length) again = setTimeout(trigger, SEND_AGAIN_MS);
  };
  host.limn = { data, trigger };
  const before = currentCard(host)?.dataset.publication;
  const picks = new Picks(host);
  const keys = element("button", { type: "button", class: "show-keys" }, "Press ? for keys");
  keys.addEventListener("click", () => showKeys(host));
  host.replaceChildren(...(data.hits.length ? [keys] : []), drawn(data, host, picks), picks.bar);
  const stopShowing = showInOrder([...host.querySelectorAll("img[data-src]")]);
  picks.update();
  parentElement.host.dataset.inPlace = "";
  const same = before && cardsOf(host).find((each) => each.dataset.publication === before);
  if (same && !host.dataset.peeked) goTo(host, same);
  const onKey = (event) => onTriageKey(host, event);
  window.addEventListener("keydown", onKey, true);
  if (host.limnMarks.waiting.length) again = setTimeout(trigger, SEND_AGAIN_MS);
  return () => {
    clearTimeout(again);
    stopShowing();
    window.removeEventListener("keydown", onKey, true);
  };
}
