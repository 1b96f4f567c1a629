// The box for returns: each line is sent in the background, in order, so that nobody waits between two codes.
// Without it the form works as any other.
const form = document.querySelector("form[data-returns]");
const box = form?.querySelector("input[name=line]");
const said = document.querySelector("[data-returns-said]");
const wrong = document.querySelector("[data-returns-wrong]");
const waiting = [];
let asked = ""; // a code whose outcome is still to come
let isBusy = false;

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function tell(kind, text) {
  said.hidden = false;
  said.className = `returns-said notice-line notice-line-${{ noted: "success", asks: "info" }[kind] ?? "danger"}`;
  said.textContent = text;
}

function keep(line, text) {
  wrong.hidden = false;
  const entry = element("li", "");
  entry.append(element("code", line), ` ${text}`);
  wrong.querySelector("ul").prepend(entry);
}

function show(answer) {
  document.querySelector("[data-returns-summary]").textContent = answer.summary;
  document.querySelector("[data-returns-file]").disabled = answer.total === 0;
  document.querySelector("[data-returns-tally]").replaceChildren(
    ...answer.tally.map((text) => {
      const entry = element("li", "");
      entry.append(element("span", text, "chip"));
      return entry;
    }),
  );
  const body = document.querySelector("[data-returns-rows]");
  const labels = [...body.closest("table").querySelectorAll("thead th")].map((one) => one.textContent);
  body.replaceChildren(
    ...answer.rows.map((row) => {
      const line = document.createElement("tr");
      for (const [place, text] of [row.serial, row.name, row.village, row.outcome].entries()) {
        const cell = element("td", text, place ? "" : "row-title");
        cell.dataset.label = labels[place];
        line.append(cell);
      }
      return line;
    }),
  );
}

async function send(line) {
  const data = new FormData(form);
  data.set("line", line);
  data.delete("submit_key"); // a line noted twice is noted once anyway
  const response = await fetch(form.action, {
    method: "POST",
    body: data,
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

async function work() {
  if (isBusy) return;
  isBusy = true;
  while (waiting.length) {
    const typed = waiting[0];
    const line = asked && /^\d(\s.*)?$/.test(typed) ? `${asked} ${typed}` : typed;
    let answer;
    try {
      answer = await send(line);
    } catch {
      tell("refused", form.dataset.offline);
      setTimeout(work, 3000); // the network is away for a moment; nothing typed is lost
      break;
    }
    waiting.shift();
    asked = answer.kind === "asks" ? line : "";
    tell(answer.kind, answer.text);
    if (answer.kind === "refused") keep(line, answer.text);
    show(answer);
  }
  isBusy = false;
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = box.value.trim();
    box.value = "";
    box.focus();
    if (line) waiting.push(line);
    work();
  });
  window.addEventListener("beforeunload", (event) => {
    if (waiting.length) event.preventDefault();
  });
  box.focus();
}
