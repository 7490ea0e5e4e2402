// In the head, before anything is painted: the colours this visitor chose ("light" or "dark"; else the system's).
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
  } catch {
    // Storage can be switched off; the system's colours stay.
  }
})();
