// Keeps a form from being sent twice while its answer is on the way: a trial costs money each time.
(() => {
  "use strict";

  const LONGEST = 180_000;  // ms; no trial takes longer

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("once" in form.dataset)) return;
    if ("sent" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    form.setAttribute("aria-busy", "true");
    const button = event.submitter;
    if (button?.dataset.busy) {
      button.dataset.said = button.textContent;
      button.textContent = button.dataset.busy;
    }
    setTimeout(() => again(form), LONGEST);  // the wait may have been broken off, of which nothing tells
  });

  // Back on the page, perhaps to correct what was typed.
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(again));

  function again(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("[data-said]")) button.textContent = button.dataset.said;
  }
})();
