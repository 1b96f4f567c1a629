// Lists: one box in the head picks all rows; [data-picked-count] says how many; cards on a phone stay a table to a
// screen reader, which forgets the rows of a table whose cells are no longer laid out as one.

const ROLES = [["tr", "row"], ["thead th", "columnheader"], ["tbody th", "rowheader"], ["td", "cell"], ["thead, tbody, tfoot", "rowgroup"]];

export function pickRows(root) {
  for (const table of root.querySelectorAll("table.ledger, table.list-table")) {
    table.setAttribute("role", "table");
    for (const [selector, role] of ROLES) {
      for (const part of table.querySelectorAll(selector)) part.setAttribute("role", role);
    }
    const all = table.querySelector("thead input[type=checkbox][data-pick-all]");
    if (all) wire(table, all);
  }
}

function wire(table, all) {
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]:not(:disabled)")];
  const form = all.form ?? table.closest("form");
  const bar = (form ?? table.parentElement).querySelector(".bulk-bar[data-on-selection]");
  const count = (form ?? table.parentElement).querySelector("[data-picked-count]");
  const show = () => {
    const picked = boxes.filter((box) => box.checked).length;
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    if (count) count.textContent = String(picked);
    if (bar) bar.hidden = picked === 0;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  table.addEventListener("change", show);
  show();
}
