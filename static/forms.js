// Forms: the summary of errors gets the focus; a form is sent once, however often its button is pressed.

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
