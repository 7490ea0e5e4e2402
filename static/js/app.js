// What makes pages better where JavaScript runs; every page works without it.
(() => {
  "use strict";

  // -- Colours: the switch in the footer ------------------------------------------------------------
  const root = document.documentElement;
  const switcher = document.querySelector("[data-theme-switch]");
  if (switcher) {
    const show = () => {
      for (const button of switcher.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", String(button.value === (root.dataset.bsTheme || "system")));
      }
    };
    switcher.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.value === "system") delete root.dataset.bsTheme;
      else root.dataset.bsTheme = button.value;
      try {
        if (button.value === "system") localStorage.removeItem("theme");
        else localStorage.setItem("theme", button.value);
      } catch {
        // Without storage the choice lasts for this page.
      }
      show();
    });
    show();
    switcher.hidden = false;
  }

  // -- Menus close on Escape and on a click beside them ----------------------------------------------
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu === except) continue;
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (hadFocus) menu.querySelector("summary").focus();
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
  });

  // -- Printing ---------------------------------------------------------------------------------------
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // -- Leaving a changed form -------------------------------------------------------------------------
  // A refused form was typed into, too.
  let unsaved = Boolean(document.querySelector('form[data-guard="unsaved"]'));
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-guard]")) unsaved = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // -- Links from a list of problems go to the field itself --------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-problems] a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const closed = field.closest("details:not([open])");
    if (closed) closed.open = true;
    field.focus();
  });

  // -- Lost connection ---------------------------------------------------------------------------------
  const live = document.querySelector("[data-live]");
  let bar = null;
  const showBar = (look, text) => {
    if (!live) return;
    if (!bar) {
      bar = document.createElement("div");
      live.prepend(bar);
    }
    bar.className = `callout connection ${look}`;
    bar.setAttribute("role", look === "good" ? "status" : "alert");
    if (bar.textContent !== text) bar.textContent = text;
  };
  const hideBar = () => {
    if (bar) bar.remove();
    bar = null;
  };
  const reachable = () =>
    fetch("/healthz", {cache: "no-store", signal: AbortSignal.timeout(8000)}).then(
      (answer) => answer.status < 500,
      () => false,
    );
  let waiting = 0;
  const watch = async () => {
    if (await reachable()) backOnline();
    else waiting = setTimeout(watch, 5000);
  };
  const lost = () => {
    const typing = document.querySelector("main form[method=post]");
    showBar(
      "bad",
      typing
        ? "Keine Verbindung. Ihre Eingaben bleiben hier stehen; bitte speichern Sie, sobald die Verbindung wieder da ist."
        : "Keine Verbindung. Bitte versuchen Sie es noch einmal, sobald sie wieder da ist.",
    );
    clearTimeout(waiting);
    waiting = setTimeout(watch, 5000);
  };
  const backOnline = () => {
    clearTimeout(waiting);
    if (!bar) return;
    const typing = document.querySelector("main form[method=post]");
    showBar("good", `Die Verbindung ist wieder da.${typing ? " Sie können jetzt speichern." : ""}`);
    setTimeout(() => {
      if (bar && bar.classList.contains("good")) hideBar();
    }, 15000);
  };
  window.addEventListener("offline", lost);
  window.addEventListener("online", watch);
  if (!navigator.onLine) lost();

  // Sending is held back instead of ending on the browser's error page. Long forms ask the server first: a
  // device may believe in a connection that leads nowhere.
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if (!navigator.onLine) {
        event.preventDefault();
        lost();
        return;
      }
      if (!form.matches("[data-guard]") || form.dataset.reached) {
        delete form.dataset.reached;
        return;
      }
      event.preventDefault();
      if (form.dataset.asking) return;
      form.dataset.asking = "yes";
      const there = await reachable();
      delete form.dataset.asking;
      if (!there) {
        lost();
        return;
      }
      hideBar();
      form.dataset.reached = "yes";
      form.requestSubmit(event.submitter);
    },
    true,
  );

  // -- One key per form: going back may ask for the page anew, which then has another key ---------------
  const keyFields = document.querySelectorAll("form input[name=key]");
  if (keyFields.length) {
    const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    const keys = (cameBack && history.state?.keys) || {};
    for (const field of keyFields) {
      const form = field.form;
      const name = `${form.getAttribute("action") ?? ""} ${form.elements.step?.value ?? ""}`;
      field.value = keys[name] ??= field.value;
    }
    history.replaceState({...history.state, keys}, "");
  }

  // -- One submit per form ----------------------------------------------------------------------------
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // On the way out; what another listener stopped (htmx, a new row) stays unsaved.
    if (event.defaultPrevented) return;
    // A PDF in a tab of its own, such as a preview: this page stays as it is.
    if (event.submitter?.formTarget === "_blank") return;
    if (form.matches("[data-once]")) {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
    }
    if (form.matches("[data-guard]")) unsaved = false;
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

  // -- htmx: say so when a request fails --------------------------------------------------------------
  const report = (text) => {
    if (!live) return;
    live.querySelector("[data-htmx-error]")?.remove();
    if (!text) return;
    const box = document.createElement("div");
    box.className = "callout bad";
    box.setAttribute("role", "alert");
    box.dataset.htmxError = "";
    box.append(text);
    live.append(box);
  };
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 403) report("Sie sind nicht mehr angemeldet oder dürfen das nicht. Bitte laden Sie die Seite neu.");
    else if (status === 503) report("Das geht gerade nicht. Bitte versuchen Sie es in einer Minute noch einmal.");
    else report("Das hat nicht geklappt. Bitte laden Sie die Seite neu und versuchen Sie es noch einmal.");
  });
  document.addEventListener("htmx:beforeSwap", () => report(""));
})();
