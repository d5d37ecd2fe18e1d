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

  localise(document);
  document.addEventListener("htmx:after:swap", () => localise(document));
})();
