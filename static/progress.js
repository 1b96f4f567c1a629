// Keeps the bar of a running task moving; without it the page offers a link that loads it anew.
const EVERY = 2000;
const box = document.querySelector("[data-progress]");

async function look() {
  let answer;
  try {
    const response = await fetch(box.dataset.progress, { headers: { Accept: "application/json" }, redirect: "error" });
    if (response.status >= 400 && response.status < 500) return; // signed out, or no longer ours to see
    answer = await response.json();
  } catch {
    setTimeout(look, EVERY * 5); // the network is away for a moment, or the portal is busy: its answer is not what was asked for
    return;
  }
  const bar = box.querySelector("progress");
  if (answer.is_ended || (!bar && answer.total)) {
    location.reload(); // the whole page changes: result, cancel button, or a bar where there was none
    return;
  }
  if (bar) {
    bar.max = answer.total;
    bar.value = answer.processed;
  }
  box.querySelector("[data-progress-text]").textContent = answer.text;
  const state = box.querySelector("[data-progress-state]");
  if (state) state.textContent = answer.state;
  setTimeout(look, EVERY);
}

if (box) setTimeout(look, EVERY);
