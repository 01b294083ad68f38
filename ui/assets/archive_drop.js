// Drop weekly archives. Each is streamed to the REST route, one after the other, with its progress.
const megabytes = (bytes) => `${(bytes / 2 ** 20).toLocaleString(undefined, { maximumFractionDigits: 1 })} MB`;

function send(file, postTo, terms, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${postTo}?${new URLSearchParams({ name: file.name, ...terms })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("loadend", () => {
      if (request.status === 202) return resolve({ upload: JSON.parse(request.responseText).upload_id });
      if (request.status === 200) return resolve({ report: JSON.parse(request.responseText) });
      if (request.status === 0) return resolve({ failed: "The connection to Limn was lost." });
      try {
        const problem = JSON.parse(request.responseText);
        return resolve({ failed: problem.detail || problem.title });
      } catch {
        return resolve({ failed: `The server answered ${request.status}.` });
      }
    });
    request.send(file);
  });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const drop = parentElement.querySelector(".drop");
  const input = parentElement.querySelector("input[type=file]");
  const secret = parentElement.querySelector(".confidential:not(.dry-run) input");
  const dry = parentElement.querySelector(".dry-run input");
  const budget = parentElement.querySelector(".budget input");
  const sending = parentElement.querySelector(".sending");

  const line = (file) => {
    const item = document.createElement("li");
    const row = document.createElement("div");
    row.className = "line";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    const amount = document.createElement("span");
    amount.className = "amount";
    amount.setAttribute("role", "status");
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    row.append(name, amount);
    item.append(row, bar);
    sending.append(item);
    return { item, amount, bar };
  };

  const sendAll = async (files) => {
    if (!budget.reportValidity()) return;
    const started = [];
    const looked = [];
    const isDry = dry.checked;
    const terms = isDry ? {} : { confidential: secret.checked };
    if (!isDry && budget.value) terms.budget_tokens = budget.value;
    if (!isDry && secret.checked && data.project) terms.project = data.project;
    const rows = files.map((file) => [file, line(file)]);
    for (const [file, row] of rows) {
      const progress = (loaded) => {
        row.bar.value = loaded;
        row.amount.textContent = `${megabytes(loaded)} of ${megabytes(file.size)}`;
      };
      const outcome = await send(file, isDry ? data.look_at : data.post_to, terms, progress);
      if (outcome.upload || outcome.report) {
        if (outcome.upload) started.push(outcome.upload);
        else looked.push(outcome.report);
        row.item.remove();
      } else {
        row.bar.remove();
        row.amount.className = "amount failed";
        row.amount.textContent = outcome.failed;
      }
    }
    input.value = "";
    if (started.length) setTriggerValue("started", started);
    if (looked.length) setTriggerValue("looked", looked);
  };

  const onPick = () => sendAll([...input.files]);
  const onOver = (event) => { event.preventDefault(); drop.classList.add("over"); };
  const onLeave = () => drop.classList.remove("over");
  const onDrop = (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    sendAll([...event.dataTransfer.files]);
  };
  input.addEventListener("change", onPick);
  drop.addEventListener("dragover", onOver);
  drop.addEventListener("dragleave", onLeave);
  drop.addEventListener("drop", onDrop);
  parentElement.host.dataset.inPlace = "";
  return () => {
    input.removeEventListener("change", onPick);
    drop.removeEventListener("dragover", onOver);
    drop.removeEventListener("dragleave", onLeave);
    drop.removeEventListener("drop", onDrop);
  };
}
