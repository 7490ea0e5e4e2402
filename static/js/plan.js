// The cost and financing plan of the project form: sums while typing, rows that come and go.
(() => {
  "use strict";

  const {cents, euro} = window.Amounts;

  const isDeleted = (row) => Boolean(row && row.querySelector("[data-delete-row]:checked"));

  const showBalance = (form) => {
    const sum = (selector) =>
      [...form.querySelectorAll(selector)]
        .filter((input) => !isDeleted(input.closest(".formset-row")))
        // A decided row counts what was granted, not what was asked.
        .reduce((total, input) => total + cents(input.dataset.counts || input.value), 0);
    const cost = sum("[data-plan-cost]");
    const financing = sum("[data-plan-financing]");
    const missing = cost - financing;
    let text = cost || financing ? "Plan geht auf" : "Noch keine Beträge";
    if (missing > 0) text = `Es fehlen noch ${euro(missing)}`;
    if (missing < 0) text = `Finanzierung liegt ${euro(-missing)} über den Kosten`;
    const write = (selector, value) => {
      for (const element of form.querySelectorAll(selector)) {
        if (element.textContent !== value) element.textContent = value;
      }
    };
    write("[data-sum-cost]", euro(cost));
    write("[data-sum-financing]", euro(financing));
    write("[data-sum-difference]", text);
    for (const balance of form.querySelectorAll(".balance")) {
      balance.classList.toggle("wait", missing > 0);
      balance.classList.toggle("good", missing === 0 && cost > 0);
      balance.classList.toggle("bad", missing < 0);
    }
  };

  const hideDeleted = (form) => {
    for (const box of form.querySelectorAll("[data-delete-row]")) {
      const row = box.closest(".formset-row");
      if (row) row.hidden = box.checked;
    }
  };

  const addRow = (button) => {
    const prefix = button.dataset.addRow;
    const template = document.getElementById(`${prefix}-empty`);
    const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
    if (!template || !total) return false;
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.content.firstElementChild;
    const rows = document.querySelector(`[data-rows="${prefix}"]`);
    if (rows) rows.append(row);
    else template.before(row);
    total.value = String(Number(total.value) + 1);
    const first = row.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
    return true;
  };

  for (const form of document.querySelectorAll("form[data-plan]")) {
    hideDeleted(form);
    showBalance(form);
    form.addEventListener("input", () => showBalance(form));
    form.addEventListener("change", (event) => {
      if (!event.target.matches("[data-delete-row]")) return;
      const row = event.target.closest(".formset-row");
      row.hidden = event.target.checked;
      showBalance(form);
      if (row.hidden) {
        // The focused box is gone: go on with the button that adds rows to this list.
        const prefix = (event.target.name || "").split("-")[0];
        const next = form.querySelector(`[data-add-row="${prefix}"]`);
        if (next) next.focus();
      }
    });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-add-row]");
    if (!button || !addRow(button)) return;
    event.preventDefault();
    // A new row is a change, though nothing was typed.
    if (button.form) button.form.dispatchEvent(new Event("input", {bubbles: true}));
  });
})();
