// Forms that ask much: a part marked data-when="field" data-is="answer answer" is shown once one of these answers is
// given. What holds something typed, or an error, is never hidden; without this script everything is asked.

export function askWhatMatters(root) {
  for (const part of root.querySelectorAll("[data-when]")) {
    const form = part.closest("form");
    const wanted = part.dataset.is.split(" ");
    const show = () => {
      const given = new FormData(form).getAll(part.dataset.when);
      part.hidden = !given.some((answer) => wanted.includes(answer)) && !holdsSomething(part);
    };
    form.addEventListener("change", show);
    show();
  }
}

function holdsSomething(part) {
  if (part.querySelector(".has-error")) return true;
  const fields = [...part.querySelectorAll("input, select, textarea")];
  return fields.some((field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value));
}
