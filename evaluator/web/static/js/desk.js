// The page to label from: keys, marks, and a verdict that brings the next task with it.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const said = document.getElementById("said");
  const trouble = document.getElementById("trouble");
  const find = (selector) => desk.querySelector(selector);
  let marking = null;
  let leaseOver = 0;
  let sending = false;

  function tell(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
    if (text) trouble.scrollIntoView({ block: "nearest" });
  }

  function setUp() {
    clearTimeout(leaseOver);
    marking = null;
    const form = find("#task");
    const answer = find("#answer[data-marks]");
    if (form) leaseOver = setTimeout(lapsed, Number(form.dataset.lease) * 1000);
    if (answer) {
      find("#marks").hidden = false;
      let given = [];
      try {
        given = JSON.parse(form.elements.spans.value);
      } catch {
        // What can not be read marks nothing.
      }
      marking = window.faithlineMarking(answer, given, (marks, text) => list(form, marks, text));
    }
    const all = find("#fold-all");
    if (all) all.hidden = false;
  }

  function list(form, marks, text) {
    form.elements.spans.value = JSON.stringify(marks);
    find("#marks-hint").hidden = marks.length > 0;
    find("#marks-list").replaceChildren(
      ...marks.map((mark, index) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.title = "Take this mark away";
        button.textContent = text(mark);
        button.addEventListener("click", () => marking.remove(index));
        item.append(button);
        return item;
      }),
    );
  }

  function lapsed() {
    tell("You have had this one for ten minutes, so somebody else may be given it. Your verdict still counts unless they are faster.");
  }

  async function send(form, submitter) {
    if (sending) return;
    sending = true;
    form.classList.add("is-sent");
    const words = submitter.querySelector(".choice-title")?.textContent ?? submitter.textContent.replace(/^\s*\S\s+/, "");
    try {
      const address = submitter.hasAttribute("formaction") ? submitter.formAction : form.action;
      const body = new URLSearchParams(new FormData(form, submitter));
      const response = await fetch(address, { method: "POST", body, headers: { "x-faithline-part": "1", "hx-request": "true" } });
      if (response.status === 401) tell("You are signed out. Sign in again in another tab; what you chose and typed is still here, so send it once more.");
      else if (!response.ok) tell(`That was not taken (${response.status}). What you chose and typed is still here: try again in a moment.`);
      else show(await response.text(), words.trim());
    } catch {
      tell("The service does not answer. What you chose and typed is still here: try again in a moment.");
    } finally {
      sending = false;
      form.classList.remove("is-sent");
    }
  }

  function show(page, words) {
    tell("");
    desk.replaceChildren(...new DOMParser().parseFromString(page, "text/html").body.childNodes);
    setUp();
    scrollTo(0, 0);
    find("#go-on, h1")?.focus({ preventScroll: true });
    const left = find("#task")?.dataset.batch;
    said.textContent = find(".notice")?.textContent ?? (left ? `${words}. ${left} left in this batch.` : `${words}.`);
  }

  const toggle = (selector) => {
    const found = find(selector);
    if (found) found.open = !found.open;
  };

  function foldAll() {
    const passages = [...desk.querySelectorAll("details.passage")];
    const open = passages.some((one) => !one.open);
    for (const one of passages) one.open = open;
  }

  const KEYS = {
    h: () => toggle(".how"),
    p: foldAll,
    m: () => marking?.walk("", false),
    n: () => {
      const note = find("#note");
      if (!note) return;
      note.open = true;
      note.querySelector("textarea").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input:not([type=hidden]), textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (marking?.walking(event)) return;
    const button = /^[1-9a-z]$/.test(event.key) && find(`[data-key="${event.key}"]`);
    if (!button && !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    if (button) button.click();
    else KEYS[event.key]();
  });
  // Arrow keys repeat while they are held.
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key.startsWith("Arrow")) marking?.walking(event);
  });

  desk.addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  desk.addEventListener("click", (event) => {
    if (event.target.closest("#fold-all")) foldAll();
    if (event.target.closest("#mark-it")) marking?.mark();
  });
  desk.addEventListener("pointerdown", (event) => {
    if (event.target.closest("#mark-it")) event.preventDefault(); // the selection stays
  });
  document.addEventListener("pointerup", (event) => {
    if (event.pointerType === "mouse" && !event.target.closest("#mark-it")) setTimeout(() => marking?.mark());
  });
  document.addEventListener("selectionchange", () => {
    const button = find("#mark-it");
    if (button) button.hidden = !marking?.selected();
  });
  document.querySelector(".choose [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  setUp();
})();
