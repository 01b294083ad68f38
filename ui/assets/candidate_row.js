// Designs of a comparison. Everything from data is set as text or as an attribute.
function element(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function place(candidate, trigger) {
  const image = element("img", { alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.classList.add("broken"), { once: true });
  if (candidate.src) image.src = candidate.src;
  const choose = element("button", { type: "button", class: "choose", "aria-pressed": String(candidate.is_shown) },
    element("span", { class: "paper" }, image),
    element("span", { class: "words" },
      element("b", {}, candidate.title || candidate.number), element("small", {}, candidate.number)),
    element("span", { class: "score", title: "Mean likeness of the paired views" }, candidate.score));
  choose.addEventListener("click", () => trigger("chosen", candidate.id));
  const remove = element("button", { type: "button", class: "remove", title: "Take away", "aria-label": `Take ${candidate.number} away` }, "×");
  remove.addEventListener("click", () => trigger("removed", candidate.id));
  return element("li", { class: candidate.is_shown ? "shown" : "" }, choose, remove);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const row = parentElement.querySelector(".row");
  row.setAttribute("aria-label", "Designs compared with the query");
  const focused = [...row.querySelectorAll("button")].indexOf(parentElement.activeElement);
  row.replaceChildren(...data.candidates.map((candidate) => place(candidate, setTriggerValue)));
  if (focused >= 0) row.querySelectorAll("button")[focused]?.focus();
  parentElement.host.dataset.inPlace = "";
}
