// Gives the search fields of Django's admin (select2) the name of their label and reads out what is chosen.
const nameSearchFields = () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const field = select.parentElement.querySelector(".select2-selection");
    const chosen = field?.querySelector(".select2-selection__rendered");
    if (!label || !chosen) continue;
    label.id ||= `${select.id}_label`;
    chosen.removeAttribute("role");
    chosen.removeAttribute("aria-readonly");
    field.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
  }
};
// Django builds these fields in a timer of jQuery's, which was set before this one.
addEventListener("load", () => setTimeout(nameSearchFields));
