// Keys of the trace list, rows that open as a whole, and the list's order for the trace page.
(() => {
  "use strict";
  const KEY = "faithline-list";
  const rows = () => [...document.querySelectorAll("#results .row")];

  function remember() {
    const list = rows().map((row) => ({ id: row.dataset.id, href: row.querySelector(".open").getAttribute("href") }));
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ address: location.pathname + location.search, list }));
    } catch {
      // Without storage there are no neighbours on the trace page.
    }
  }

  // Empty fields say nothing, so the shared address leaves them out.
  function lean(event) {
    const request = event.detail?.ctx?.request;
    if (event.target?.id !== "filters" || !request?.body?.entries) return;
    for (const [name, value] of [...request.body.entries()]) {
      if (value === "" || (name === "sort" && value === "newest")) request.body.delete(name);
    }
  }

  function move(step) {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
    next?.querySelector(".open").focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=radio]), select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    }
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.target.closest("a") || String(getSelection())) return;
    const link = row.querySelector(".open");
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });

  remember();
  document.addEventListener("htmx:config:request", lean);
  document.addEventListener("htmx:after:swap", () => setTimeout(remember));
})();
