// Previous and next trace, in the order of the list that the reader came from.
(() => {
  "use strict";
  const nav = document.getElementById("neighbours");
  if (!nav) return;
  let known = null;
  try {
    known = JSON.parse(sessionStorage.getItem("faithline-list"));
  } catch {
    return;
  }
  const at = known?.list?.findIndex?.((item) => item.id === nav.dataset.id) ?? -1;
  if (at < 0) return;
  const isPage = (href) => typeof href === "string" && /^\/traces(?:[/?]|$)/.test(href);
  if (isPage(known.address)) document.getElementById("back").href = known.address;
  for (const link of nav.querySelectorAll("[data-go]")) {
    const item = known.list[at + Number(link.dataset.go)];
    if (item && isPage(item.href)) link.href = item.href;
    else link.setAttribute("aria-disabled", "true");
  }
  nav.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea")) return;
    const step = { j: 1, k: -1 }[event.key];
    if (step) nav.querySelector(`[data-go="${step}"][href]`)?.click();
  });
})();
