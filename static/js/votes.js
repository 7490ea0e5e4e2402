// Beside the votes of a resolution: what they mean, while they are typed. The sentences stand on the page.
(() => {
  "use strict";

  const counts = ["votes_yes", "votes_no", "votes_abstained"];

  const outcome = (form) => {
    const votes = counts.map((name) => form.elements[name].value.trim());
    if (!votes.every((text) => /^[0-9]+$/.test(text))) return "open";
    const [yes, no, abstained] = votes.map(Number);
    if (yes + no + abstained === 0) return "open";
    if (yes > no) return "carried";
    return yes === no ? "tied" : "lost";
  };

  const show = (form) => {
    const found = outcome(form);
    for (const sentence of form.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== found;
  };

  for (const place of document.querySelectorAll("[data-outcome]")) {
    const form = place.closest("form");
    form.addEventListener("input", (event) => {
      if (counts.includes(event.target.name)) show(form);
    });
    show(form);
  }
})();
