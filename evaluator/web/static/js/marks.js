// Beside a marked span of an answer: the passage behind it, and the part of it that is meant.
(() => {
  "use strict";
  const ids = (element) => (element.dataset.m ?? element.dataset.marks ?? "").split(" ").filter(Boolean);

  function setUp(answer) {
    const spans = [...answer.querySelectorAll("mark.m")];
    const sources = [...answer.querySelectorAll(".src")];
    const passages = [...answer.querySelectorAll(".passage")];
    const told = [...answer.querySelectorAll("[data-told]")];
    const hint = answer.querySelector(".told-hint");
    let kept = null;

    function show(span, scroll) {
      const wanted = new Set(span ? ids(span) : []);
      const touches = (element) => ids(element).some((id) => wanted.has(id));
      for (const s of spans) s.classList.toggle("on", touches(s));
      for (const s of sources) s.classList.toggle("on", touches(s));
      for (const p of passages) p.classList.toggle("on", touches(p));
      for (const t of told) t.hidden = !wanted.has(t.dataset.told);
      if (hint) hint.hidden = wanted.size > 0;
      if (span && scroll) reveal(sources.find(touches) ?? passages.find(touches));
    }

    // Scrolls the column of passages alone, where it has a scroll bar of its own: the page must not jump.
    function reveal(element) {
      const column = element?.closest(".passages");
      if (!column || column.scrollHeight <= column.clientHeight) return;
      const place = element.getBoundingClientRect().top - column.getBoundingClientRect().top;
      if (place < 40 || place > column.clientHeight - 80) {
        column.scrollBy({ top: place - column.clientHeight / 3, behavior: "smooth" });
      }
    }

    function keep(span) {
      kept = kept === span ? null : span;
      for (const s of spans) s.setAttribute("aria-pressed", String(s === kept));
      show(kept, true);
      if (!kept) return;
      const target = sources.find((s) => s.classList.contains("on")) ?? passages.find((p) => p.classList.contains("on"));
      // Below the answer, on a narrow screen, a click goes to the passage.
      if (target && matchMedia("(max-width: 60rem)").matches) target.scrollIntoView({ block: "center", behavior: "smooth" });
    }

    for (const span of spans) {
      span.setAttribute("role", "button");
      span.setAttribute("aria-pressed", "false");
      span.addEventListener("mouseenter", () => show(span, true));
      span.addEventListener("mouseleave", () => show(kept, false));
      span.addEventListener("focus", () => show(span, true));
      span.addEventListener("blur", () => show(kept, false));
      span.addEventListener("click", () => keep(span));
      span.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        keep(span);
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      kept = null;
      for (const s of spans) s.setAttribute("aria-pressed", "false");
      show(null, false);
    });
  }

  for (const answer of document.querySelectorAll(".answer")) setUp(answer);
})();
