// Forms: the summary of errors gets the focus; a form is sent once, however often its button is pressed, and not at
// all without a network: the browser would put a page of its own in its place, and nothing typed comes back from there.

export function focusErrors(root) {
  root.querySelector(".error-summary")?.focus();
}

export function submitOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.querySelector("[data-no-network]")?.remove();
    if (!navigator.onLine) {
      event.preventDefault();
      keepHere(form, root.body.dataset.offline);
      return;
    }
    form.dataset.sent = "yes";
    // After this turn, so that the pressed button's own name and value are still sent.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) button.disabled = true;
    });
    // An answer that is a file leaves the page where it is: let it be sent again.
    if (form.hasAttribute("data-download")) setTimeout(() => release(form), 3000);
  });
  // Coming back with the browser's button must not find a dead form.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of root.querySelectorAll("form[data-sent]")) release(form);
  });
}

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button:disabled")) button.disabled = false;
}

function keepHere(form, words) {
  const told = document.createElement("p");
  told.className = "notice-line notice-line-warning";
  told.setAttribute("role", "alert");
  told.dataset.noNetwork = "";
  told.textContent = words;
  const button = form.querySelector("button[type=submit], button:not([type])");
  (button?.closest("p, .row-of-acts") ?? button)?.before(told);
}
