// In the head, before anything is painted.
(() => {
  // Nothing is painted before the header is whole, that is before what follows it begins: half of one would move.
  const { follows } = document.currentScript.dataset;
  if (follows) {
    document.head.append(
      Object.assign(document.createElement("link"), { rel: "expect", href: `#${follows}`, blocking: "render" }),
    );
  }
  // The colours this visitor chose ("light" or "dark"; else the system's).
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.bsTheme = chosen;
  } catch {
    // Storage can be switched off; the system's colours stay.
  }
})();
