// The proof of use: sums while typing, and files that are sent as soon as they are chosen or dropped onto a row.
// Without this script the form sends all at once, and the sums stand there after saving.
(() => {
  "use strict";
  const form = document.querySelector("form[data-proof]");
  if (!form) return;
  const {cents, euro} = window.Amounts;

  // -- Sums --------------------------------------------------------------------------------------------
  const isRemoved = (inside) => Boolean(inside?.querySelector("input[name$='-remove']:checked"));

  const sum = (inputs) => [...inputs].reduce((total, input) => total + cents(input.value), 0);

  // Cents of a row, null while nothing is entered. Vouchers with an amount are its sum.
  const actualOf = (row) => {
    const inputs = [...row.querySelectorAll("[data-voucher]")];
    const vouchers = sum(inputs.filter((input) => !isRemoved(input.closest("[data-voucher-box]"))));
    const typed = row.querySelector("[data-actual]");
    if (vouchers || (inputs.length && !typed)) return vouchers;
    const text = typed ? typed.value : row.dataset.stored;
    return text.trim() ? cents(text) : null;
  };

  const write = (inside, name, text) => {
    const element = inside.querySelector(`[data-sum="${name}"]`);
    if (element && element.textContent !== text) element.textContent = text;
  };

  // Cents that volunteers' hours count on each side: as typed, or as stored where they cannot be changed now.
  const volunteersOf = (box) => {
    const typed = form.elements.hours;
    const hours = Math.max(0, parseInt(typed ? typed.value : box.dataset.volunteers, 10) || 0);
    const worth = hours * cents(box.dataset.rate);
    return box.dataset.most ? Math.min(worth, cents(box.dataset.most)) : worth;
  };

  const showSums = () => {
    const totals = {};
    for (const part of form.querySelectorAll("[data-part]")) {
      let planned = 0;
      let complete = true;
      let actual = sum([...part.querySelectorAll("[data-actual]")].filter((input) => !input.closest("[data-row]")));
      for (const row of part.querySelectorAll("[data-row]")) {
        planned += cents(row.dataset.planned);
        if (isRemoved(row.querySelector("[data-remove]"))) continue;
        const own = actualOf(row);
        actual += own || 0;
        complete = complete && own !== null;
        write(row, "actual", own === null ? "–" : euro(own));
        write(row, "difference", own === null ? "–" : euro(own - cents(row.dataset.planned)));
      }
      const box = part.querySelector("[data-volunteers]");
      if (box) {
        const worth = volunteersOf(box);
        actual += worth;
        box.hidden = !worth;
        write(box, "hours", euro(worth));
      }
      const shown = part.querySelector("[data-sums]");
      write(shown, "total-actual", euro(actual));
      write(shown, "total-difference", complete ? euro(actual - planned) : "–");
      totals[part.dataset.part] = actual;
    }
    const bar = form.querySelector("[data-balance]");
    write(bar, "cost", euro(totals.cost));
    write(bar, "money", euro(totals.money));
  };

  form.addEventListener("input", showSums);
  form.addEventListener("change", showSums);
  showSums();

  // -- Files -------------------------------------------------------------------------------------------
  // One after the other: each answer says how the proof stands then, and the next file goes by it.
  let queue = Promise.resolve();
  let sending = 0;

  const post = (name, file, progress) =>
    new Promise((resolve) => {
      const data = new FormData();
      for (const field of ["csrfmiddlewaretoken", "seen"]) data.append(field, form.elements[field].value);
      data.append("step", "add");
      data.append(name, file);
      const request = new XMLHttpRequest();
      request.open("POST", form.getAttribute("action") || location.pathname);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
      });
      request.addEventListener("loadend", () => resolve(request));
      request.send(data);
    });

  // What was typed in the meantime, and what stood open, goes over to the zone as the server has it now.
  const carry = (zone, fresh) => {
    for (const field of zone.querySelectorAll("input[name], select[name], textarea[name]")) {
      const same = field.type !== "file" && fresh.querySelector(`[name="${field.name}"]`);
      if (!same) continue;
      same.value = field.value;
      same.checked = field.checked;
    }
    for (const details of zone.querySelectorAll("details[id][open]")) {
      const same = fresh.querySelector(`#${details.id}`);
      if (same) same.open = true;
    }
  };

  // Sends one file, and returns why it was refused; an empty text if it was not.
  const add = async (id, name, file) => {
    const zone = document.getElementById(id);
    const progress = zone.querySelector("progress");
    progress.hidden = false;
    progress.setAttribute("aria-label", `Fortschritt: ${file.name}`);
    const request = await post(name, file, progress);
    const page = new DOMParser().parseFromString(request.responseText || "", "text/html");
    const fresh = page.getElementById(id);
    const refused =
      page.querySelector(`#${id} [data-files] .invalid-feedback`) || page.querySelector("[role=alert], [data-problems]");
    progress.hidden = true;
    if (!fresh) return `${file.name}: ${window.uploadTrouble(request)}`;
    if (request.status !== 200) return refused ? refused.textContent.trim() : window.uploadTrouble(request);
    carry(zone, fresh);
    zone.replaceWith(fresh);
    showHints();
    form.elements.seen.value = page.querySelector("form[data-proof] [name=seen]").value;
    showSums();
    return "";
  };

  // What an earlier step said is no longer about what happens now.
  const forget = () => {
    document.querySelector(".messages")?.replaceChildren();
    for (const status of form.querySelectorAll("[data-status]")) {
      status.textContent = "";
      status.classList.remove("msg");
    }
  };

  const send = (zone, files) => {
    const id = zone.id;
    const {name} = zone.querySelector("input[type=file]");
    sending += 1;
    queue = queue.then(async () => {
      forget();
      const status = () => document.getElementById(id).querySelector("[data-status]");
      const saved = [];
      const refused = [];
      let number = 0;
      for (const file of files) {
        number += 1;
        status().textContent = `Wird hochgeladen: ${number} von ${files.length} …`;
        const trouble = await add(id, name, file);
        if (trouble) refused.push(trouble);
        else saved.push(file.name);
      }
      const said = saved.length ? [`Gespeichert: ${saved.join(", ")}.`] : [];
      status().textContent = [...said, ...refused].join(" ");
      status().classList.toggle("msg", refused.length > 0);
    }).finally(() => {
      sending -= 1;
    });
  };

  // Sent before the last file has arrived, the form would be older than the proof.
  form.addEventListener("submit", (event) => {
    if (!sending) return;
    event.preventDefault();
    queue.then(() => form.requestSubmit(event.submitter));
  });
  window.addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });

  const showHints = () => {
    for (const hint of form.querySelectorAll("[data-drop-hint]")) hint.hidden = false;
  };
  const zoneOf = (event) => event.target.closest("[data-drop]");
  // Files are saved at once: choosing them leaves nothing unsaved.
  form.addEventListener("input", (event) => event.target.type === "file" && event.stopPropagation(), true);
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !zoneOf(event)) return;
    const files = [...event.target.files];
    event.target.value = ""; // chosen again, the same file is a new choice
    if (files.length) send(zoneOf(event), files);
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      if (!zoneOf(event) || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      zoneOf(event).classList.add("over-drop");
    });
  }
  form.addEventListener("dragleave", (event) => {
    const zone = zoneOf(event);
    if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("over-drop");
  });
  form.addEventListener("drop", (event) => {
    const zone = zoneOf(event);
    if (!zone || !event.dataTransfer.files.length) return;
    event.preventDefault();
    zone.classList.remove("over-drop");
    send(zone, [...event.dataTransfer.files]);
  });
  showHints();
})();
