// Adding papers: drag and drop, a list of what is chosen, progress, and each file sent by itself, so that one that
// is refused does not stop the others. Without this script the form sends all at once.
(() => {
  "use strict";
  const form = document.querySelector("[data-papers-form]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const zone = form.querySelector("[data-drop]");
  const list = form.querySelector("[data-chosen]");
  const button = form.querySelector("[type=submit]");
  const status = form.querySelector("[data-papers-status]");
  const largest = Number(form.dataset.largest);
  let chosen = [];
  let sending = false;

  const size = (bytes) =>
    bytes >= 1048576
      ? `${(bytes / 1048576).toLocaleString("de-DE", {minimumFractionDigits: 1, maximumFractionDigits: 1})}\u00a0MB`
      : `${Math.max(1, Math.round(bytes / 1024))}\u00a0KB`;

  const counted = (number, one, many) => `${number}\u00a0${number === 1 ? one : many}`;

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  const say = (row, sentence, look) => {
    row.note.textContent = sentence;
    row.note.className = look;
  };

  const forget = (row) => {
    chosen = chosen.filter((each) => each !== row);
    row.item.remove();
    list.hidden = !list.children.length;
    input.focus();
  };

  const choose = (files) => {
    list.querySelectorAll(".done").forEach((item) => item.remove());
    form.querySelector("#paper-errors")?.remove();
    input.classList.remove("is-invalid");
    zone.classList.remove("err");
    for (const file of files) {
      const row = {file};
      row.note = element("small", {class: "soft"}, size(file.size));
      row.progress = element("progress", {max: "100", value: "0", "aria-label": `Fortschritt: ${file.name}`});
      row.progress.hidden = true;
      row.drop = element("button", {type: "button", class: "btn btn-sm btn-link"}, "Weglassen");
      row.drop.setAttribute("aria-label", `Weglassen: ${file.name}`);
      row.drop.addEventListener("click", () => forget(row));
      row.item = element("li", {}, element("div", {}, file.name, element("br"), row.note), row.progress, row.drop);
      list.append(row.item);
      chosen.push(row);
      if (file.size > largest) {
        say(row, `Die Datei ist mit ${size(file.size)} zu groß. Möglich sind ${largest / 1048576}\u00a0MB.`, "msg");
        row.refused = true;
      }
    }
    list.hidden = !list.children.length;
  };

  const answerOf = (request, name) => {
    try {
      const answer = JSON.parse(request.responseText);
      if (Array.isArray(answer.refused)) return answer;
    } catch {
      // Not our answer: the sign-in page, an error page, or one of a proxy on the way.
    }
    return {added: [], refused: [{name, sentence: window.uploadTrouble(request)}], again: true};
  };

  const send = (row) =>
    new Promise((resolve) => {
      const data = new FormData(form);
      data.delete("files");
      data.append("files", row.file);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) row.progress.value = (100 * event.loaded) / event.total;
      });
      request.addEventListener("loadend", () => resolve(answerOf(request, row.file.name)));
      request.send(data);
    });

  // The list as the server has it now; the form stays, with whatever was refused.
  const reload = async () => {
    const response = await fetch(form.action, {headers: {Accept: "text/html"}});
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-papers]");
    if (fresh) document.querySelector("[data-papers]").replaceWith(fresh);
  };

  form.addEventListener("submit", async (event) => {
    if (!chosen.length) return; // the server says what is missing
    event.preventDefault();
    if (sending) return;
    sending = true;
    button.setAttribute("aria-disabled", "true");
    status.textContent = "Wird hochgeladen …";
    let added = 0;
    for (const row of chosen.filter((each) => !each.refused)) {
      row.drop.hidden = true;
      row.progress.hidden = false;
      const answer = await send(row);
      row.progress.hidden = true;
      if (answer.added.length) {
        added += 1;
        row.done = true;
        say(row, "Hinzugefügt.", "soft");
        row.item.remove();
      } else {
        row.refused = !answer.again;
        row.drop.hidden = false;
        say(row, answer.refused[0].sentence, "msg");
      }
    }
    chosen = chosen.filter((row) => !row.done);
    list.hidden = !list.children.length;
    const left = chosen.length;
    if (added) {
      form.querySelector("[name=note]").value = "";
      await reload().catch(() => {});
    }
    status.textContent = [
      added && `${counted(added, "Unterlage", "Unterlagen")} hinzugefügt.`,
      left && `${counted(left, "Datei wurde", "Dateien wurden")} nicht gespeichert.`,
    ].filter(Boolean).join(" ");
    button.removeAttribute("aria-disabled");
    sending = false;
  });

  input.addEventListener("change", () => {
    choose([...input.files]);
    input.value = ""; // chosen again, the same file is a new choice
  });
  const dragging = (on) => zone.classList.toggle("over-drop", on);
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      dragging(true);
    });
  }
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) dragging(false);
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    dragging(false);
    choose([...event.dataTransfer.files]);
  });
  // Chosen files that were not sent would be lost with the page.
  window.addEventListener("beforeunload", (event) => {
    if (sending || chosen.some((row) => !row.refused)) event.preventDefault();
  });
  form.querySelector("[data-drop-hint]").hidden = false;
})();
