// Puts the times of a page, written in UTC by the server, into the reader's zone.
(() => {
  "use strict";
  const STYLES = {
    short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    datetime: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
    full: { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  };
  const formats = new Map();

  function format(style) {
    if (!formats.has(style)) {
      formats.set(style, new Intl.DateTimeFormat("en-GB", { ...(STYLES[style] ?? STYLES.datetime), hourCycle: "h23" }));
    }
    return formats.get(style);
  }

  function localise(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      time.textContent = format(time.dataset.as).format(moment);
      time.dataset.local = "";
    }
  }

  // A link to the same page in the days of the reader's zone, and a choice of that zone: the server can not know it.
  function offerZone(root) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || zone === "UTC") return;
    for (const link of root.querySelectorAll("a[data-zone][hidden]")) {
      const address = new URL(link.href);
      address.searchParams.set("tz", zone);
      link.href = address;
      link.textContent = zone;
      link.hidden = false;
    }
    for (const choice of root.querySelectorAll("select[data-zone]")) {
      if (![...choice.options].some((option) => option.value === zone)) choice.add(new Option(zone, zone));
    }
  }

  localise(document);
  offerZone(document);
  document.addEventListener("htmx:after:swap", () => localise(document));
})();
