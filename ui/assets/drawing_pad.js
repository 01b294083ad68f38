// Drop, paste or pick drawings. Each file goes to the REST route, which cuts it into views.
async function reason(response) {
  try {
    const problem = await response.json();
    return problem.detail || problem.title;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

const isTyping = (event) => {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && target.matches("input[type=text], textarea, [contenteditable]");
};

export default function ({ parentElement, data, setTriggerValue }) {
  const pad = parentElement.querySelector(".pad");
  const drop = pad.querySelector(".drop");
  const input = pad.querySelector("input");
  const views = pad.querySelector(".views");
  const message = pad.querySelector(".message");
  const title = pad.querySelector(".drop strong");

  const show = () => {
    pad.classList.toggle("filled", data.views.length > 0);
    title.textContent = data.views.length ? "Add another view" : "Drop a drawing";
    views.replaceChildren(...data.views.map((view) => {
      const image = document.createElement("img");
      image.src = view.src;
      image.alt = view.alt;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "remove";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove ${view.alt}`);
      remove.addEventListener("click", () => setTriggerValue("removed", view.key));
      const paper = document.createElement("div");
      paper.className = view.unlike ? "view unlike" : "view";
      paper.append(image, remove);
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = view.note;
      note.title = view.note;
      const item = document.createElement("li");
      item.append(paper, note);
      return item;
    }));
  };

  const send = async (files) => {
    if (!files.length) return;
    message.textContent = "";
    pad.classList.add("busy");
    title.textContent = "Reading the drawing…";
    const added = [];
    for (const file of files) {
      const form = new FormData();
      form.append("image", file, file.name || "pasted.png");
      try {
        const response = await fetch(data.post_to, { method: "POST", body: form });
        if (response.ok) {
          const read = await response.json();
          added.push(...read.views.map((view) => view.sha256));
          if (read.notice) message.textContent = `${read.notice}: see “Turn, crop or cover a drawing”.`;
        } else message.textContent = await reason(response);
      } catch {
        message.textContent = "Limn did not answer. Is the server still running?";
      }
    }
    pad.classList.remove("busy");
    input.value = "";
    show();
    if (added.length) setTriggerValue("added", added);
  };

  const onPick = () => send([...input.files]);
  const onPaste = (event) => {
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length || (isTyping(event) && event.clipboardData.types.includes("text/plain"))) return;
    event.preventDefault();
    send(files);
  };
  const onOver = (event) => { event.preventDefault(); drop.classList.add("over"); };
  const onLeave = () => drop.classList.remove("over");
  const onDrop = (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    send([...event.dataTransfer.files]);
  };
  input.addEventListener("change", onPick);
  drop.addEventListener("dragover", onOver);
  drop.addEventListener("dragleave", onLeave);
  drop.addEventListener("drop", onDrop);
  document.addEventListener("paste", onPaste);
  show();
  parentElement.host.dataset.inPlace = "";
  return () => {
    input.removeEventListener("change", onPick);
    drop.removeEventListener("dragover", onOver);
    drop.removeEventListener("dragleave", onLeave);
    drop.removeEventListener("drop", onDrop);
    document.removeEventListener("paste", onPaste);
  };
}
