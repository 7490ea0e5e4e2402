// In the head, before anything is painted: a page that the browser kept was made for whoever was signed in then.
// Where that is nobody or somebody else by now, it is asked for again; what was typed stays for the same person.
(() => {
  "use strict";
  const madeFor = document.querySelector("meta[name=who]")?.content ?? "";
  const signedIn = () => document.cookie.match(/(?:^|; )who=(\w*)/)?.[1] ?? "";
  let leaving = false;
  // Before the question whether to leave a form that was typed into.
  addEventListener("beforeunload", (event) => leaving && event.stopImmediatePropagation(), {capture: true});
  const check = () => {
    if (signedIn() === madeFor) return;
    leaving = true;
    document.documentElement.hidden = true;
    // A new request also where the page was the answer to a form.
    location.replace(location.pathname + location.search);
  };
  // From memory, or made anew from the browser's cache.
  addEventListener("pageshow", (event) => event.persisted && check());
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") check();
})();
