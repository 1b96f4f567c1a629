// The page that says what the columns of a list are: tells at once what is still needed. The server checks it again.

export function tellMissing(root) {
  for (const part of root.querySelectorAll("[data-layout]")) tellMissingOf(part);
}

function tellMissingOf(part) {
  const line = part.querySelector("[data-missing]");
  if (!line) return;
  const selects = [...part.querySelectorAll("select[data-column]")];
  const needed = [...(selects[0]?.querySelectorAll("option[data-needed]") ?? [])];
  const show = () => {
    const told = new Set(selects.map((select) => select.value));
    const missing = needed.filter((option) => !told.has(option.value));
    line.hidden = missing.length === 0;
    line.querySelector("[data-missing-names]").textContent = missing.map((option) => option.text.replace(" *", "")).join("、");
    for (const select of selects) {
      const twice = select.value && selects.some((other) => other !== select && other.value === select.value);
      select.classList.toggle("is-invalid", Boolean(twice));
      select.toggleAttribute("aria-invalid", Boolean(twice));
    }
  };
  part.addEventListener("change", show);
  show();
}
